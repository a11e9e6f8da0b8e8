import { hostname } from 'node:os';
import { VERSION } from '../../base/version.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Report } from '../../progress/events.ts';
import type { Registries } from '../../registry/registry.ts';
import { RunLease } from '../run-lease.ts';
import type { Journal } from './journal.ts';
import { recordCluster } from './record-cluster.ts';
import { recordRegistries } from './record-registries.ts';
import type { End, Session } from './records.ts';
import { settle } from './settle.ts';
import { JournalWriter } from './writer.ts';

interface SessionOptions {
  readonly work: Session['work'];
  readonly cluster: Cluster;
  readonly registries?: Registries;
  /** One that is gone on with, or how to begin one; asked only when the foundation is ours alone. */
  readonly journal: Journal | (() => Promise<JournalWriter>);
  /** Told of the journal's path before the first write. */
  readonly onJournal?: (path: string) => void;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

/** By what a session writes: the same cluster and registries, with every write in the journal. */
export interface Recorded {
  readonly cluster: Cluster;
  readonly registries: Registries | undefined;
  /** Also aborted when the foundation is no longer ours alone. */
  readonly signal: AbortSignal;
}

/**
 * Runs work that writes: alone in the foundation, and with every write in a journal. Whatever way it ends, the journal
 * says so; where this program is killed it says nothing, and that tells as much.
 *
 * @param lossesOf how many losses the work's result has
 * @throws Failure `refused` when another run is under way there; what the work throws
 */
export async function inSession<T>(
  options: SessionOptions,
  work: (recorded: Recorded) => Promise<T>,
  lossesOf: (result: T) => number,
): Promise<T> {
  const { cluster, report, signal } = options;
  const lease = await RunLease.take(cluster, report, { signal });
  try {
    const writer = await openWriter(options);
    options.onJournal?.(writer.path);
    const end = (how: End['how']) => writer.note({ end: { how, at: new Date().toISOString() } });
    try {
      const result = await work({
        cluster: recordCluster(cluster, writer),
        registries: options.registries && recordRegistries(options.registries, writer),
        signal: AbortSignal.any([lease.lost, writer.broken, ...(signal ? [signal] : [])]),
      });
      end(lossesOf(result) > 0 ? 'losses' : 'done');
      return result;
    } catch (error) {
      if (!writer.broken.aborted) end(signal?.aborted ? 'interrupted' : 'failed');
      throw error;
    } finally {
      await writer.close();
    }
  } finally {
    await lease.release();
  }
}

async function openWriter({ journal, work, ...options }: SessionOptions): Promise<JournalWriter> {
  const writer =
    typeof journal === 'function'
      ? await journal()
      : JournalWriter.resume(journal.path, journal.next, journal.torn);
  const session = { work, at: new Date().toISOString(), host: hostname(), pid: process.pid, tool: VERSION };
  writer.note({ session });
  if (typeof journal !== 'function') await settle(journal, writer, options);
  return writer;
}
