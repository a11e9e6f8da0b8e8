import { access } from 'node:fs/promises';
import { type Leftover, partialOf, reopenFileSink } from '../../archive/file-sink.ts';
import { type Feed, openFeed } from '../../archive/source.ts';
import { readUnfinished, type Unfinished } from '../../archive/unfinished.ts';
import { findUnfinishedVolumes } from '../../archive/volumes/unfinished-volumes.ts';
import { Failure } from '../../base/errors.ts';
import { plannedOf } from '../../export/result.ts';
import type { Report } from '../../progress/events.ts';
import { clusterFlags } from '../flags/cluster.ts';
import { commandLine } from '../flags/command-line.ts';
import { registryFlags } from '../flags/registry.ts';
import { archiveFrom, mediumAsker } from '../from-flags/media.ts';
import { durable, type KeepingSink, type ReadBack } from './export-sink.ts';

/** What an export has left, read, and how to go on with it. */
interface ReadLeftover {
  readonly unfinished: Unfinished;
  readonly openSink: (position: number) => Promise<KeepingSink>;
}

/**
 * Reads what an interrupted export has left: the partial file, or the parts and the one that was being written.
 *
 * @param wholeLayersOnly when a layer that was gone on with turned out wrong at its end.
 * @throws Failure `usage` when nothing was left, `incomplete` when it is too little.
 */
export async function readLeftover(
  file: string,
  report: Report,
  readBack: ReadBack | undefined,
  wholeLayersOnly: boolean,
): Promise<ReadLeftover> {
  const { feed, reopen } = await openLeftover(file, report, readBack);
  try {
    const unfinished = await readUnfinished(feed, {
      wholeLayersOnly,
      onHead: ({ plan }) => report(plannedOf(plan)),
      onLayer({ digest, size, repositories }, bytes) {
        report({ type: 'blob-started', digest, bytes: size, for: repositories[0] ?? '' });
        if (bytes < size) report({ type: 'blob-progress', digest, bytes });
        else report({ type: 'blob-done', digest, bytes, how: 'present' });
      },
    });
    return { unfinished, openSink: reopen };
  } finally {
    await feed.close();
  }
}

async function openLeftover(
  file: string,
  report: Report,
  readBack: ReadBack | undefined,
): Promise<{ feed: Feed; reopen: ReadLeftover['openSink'] }> {
  const isOne = await access(partialOf(file)).then(
    () => true,
    () => false,
  );
  if (isOne) {
    const reopen = (position: number) =>
      reopenFileSink(file, position, { ...durable(report), ...readBack?.ofFile(report) });
    return { feed: await openFeed(partialOf(file)), reopen };
  }
  const volumes = await findUnfinishedVolumes(file, archiveFrom([file]).askForPart);
  if (volumes === undefined) {
    throw new Failure('usage', 'there is no unfinished export to go on with', {
      subject: partialOf(file),
      hints: [
        'name the archive as the export did, in the folder where it was; without --resume it begins anew',
      ],
    });
  }
  const nextMedium = mediumAsker();
  const reopen = (position: number) =>
    volumes.reopen(position, {
      ...durable(report),
      ...readBack?.ofVolumes(report),
      ...(nextMedium && { nextMedium }),
    });
  return { feed: volumes.feed, reopen };
}

/** Flags that say how cluster and registries are reached; what else an export was told is in its plan. */
const NEEDED = [...Object.keys(clusterFlags), ...Object.keys(registryFlags), 'concurrency', 'sign-key'];

/** What there is to be gone on with, and what has to be done before. */
const KEPT: Record<Exclude<Leftover, 'nothing'>, string> = {
  synced: 'what was written is kept; go on with',
  // What is in memory only goes when the medium does, and what comes back with it is checked.
  doubtful:
    'what was written is kept, but the system may still show some of it that its medium never took: put the medium in again, or mount it anew, and only then go on with',
};

/** How to go on with an export to a file later. */
export function wayOnFrom(file: string, flags: object, left: keyof typeof KEPT = 'synced'): string {
  const needed = Object.entries(flags).filter(([name, value]) => NEEDED.includes(name) && value !== false);
  const again = commandLine(['export', file, '--resume'], Object.fromEntries(needed));
  return `${KEPT[left]}: ${again}`;
}

/** The same failure, with the command that goes on, where something was left to go on from. */
export function withWayOn(error: unknown, file: string, flags: object, left: Leftover): unknown {
  if (!(error instanceof Failure) || left === 'nothing') return error;
  const own = error.code === 'interrupted' ? [] : error.hints;
  return new Failure(error.code, error.message, {
    ...(error.subject !== undefined && { subject: error.subject }),
    hints: [...own, wayOnFrom(file, flags, left)],
    cause: error.cause,
  });
}
