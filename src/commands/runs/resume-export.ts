import { access } from 'node:fs/promises';
import { partialOf, reopenFileSink } from '../../archive/file-sink.ts';
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

/** What an export has left to go on from, and how to go on with it. */
interface Leftover {
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
): Promise<Leftover> {
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
): Promise<{ feed: Feed; reopen: Leftover['openSink'] }> {
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

/** How to go on with an export to a file later. */
export function wayOnFrom(file: string, flags: object): string {
  const needed = Object.entries(flags).filter(([name, value]) => NEEDED.includes(name) && value !== false);
  const again = commandLine(['export', file, '--resume'], Object.fromEntries(needed));
  return `what was written is kept; go on with: ${again}`;
}

/** The same failure, with the command that goes on. */
export function withWayOn(error: unknown, file: string, flags: object): unknown {
  if (!(error instanceof Failure)) return error;
  const own = error.code === 'interrupted' ? [] : error.hints;
  return new Failure(error.code, error.message, {
    ...(error.subject !== undefined && { subject: error.subject }),
    hints: [...own, wayOnFrom(file, flags)],
    cause: error.cause,
  });
}
