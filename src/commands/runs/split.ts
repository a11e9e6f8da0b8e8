import { openFeed } from '../../archive/source.ts';
import { inspectArchive } from '../../archive/verify.ts';
import { readPart } from '../../archive/volumes/part-files.ts';
import { parseVolumeSize } from '../../archive/volumes/size.ts';
import { openVolumeSink } from '../../archive/volumes/volume-sink.ts';
import { Failure } from '../../base/errors.ts';
import { Flow } from '../../base/flow.ts';
import { ROUTES } from '../../progress/phases.ts';
import type { SplitResult } from '../../progress/results/archive.ts';
import { mediumAsker } from '../from-flags/media.ts';
import { copyArchive } from './copy-archive.ts';
import { runShown } from './run.ts';

interface SplitFlags {
  readonly 'volume-size'?: string | undefined;
  readonly overwrite: boolean;
  readonly progress: string;
  readonly quiet: boolean;
}

/** Cuts an archive that is whole as far as its head and its seal tell. */
export async function runSplit(file: string, as: string, flags: SplitFlags): Promise<SplitResult> {
  if (file === '-' || as === '-') {
    throw new Failure('usage', 'split reads and writes files, which standard input and output are not', {
      hints: ['write the archive to a file first, or cut it while it is made: export --volume-size'],
    });
  }
  const volumeBytes = parseVolumeSize(flags['volume-size'] ?? '');
  if (await readPart(file)) {
    throw new Failure('usage', 'it is a part already', {
      subject: file,
      hints: ['join the parts first, and cut the archive that they make'],
    });
  }
  const { head } = await inspectArchive(file);
  const id = { backup: head.backup, createdAt: head.plan.createdAt };
  const flow = new Flow(1, 1);
  const { value, seconds } = await runShown(ROUTES.copy, { ...flags, flow }, async context => {
    const nextMedium = mediumAsker();
    const options = { volumeBytes, overwrite: flags.overwrite, ...(nextMedium && { nextMedium }) };
    const feed = await openFeed(file);
    const sink = await openVolumeSink(as, options);
    const bytes = await copyArchive(feed, sink, { file, id, flow, ...context });
    return { bytes, parts: [...sink.parts], notes: [...sink.notes] };
  });
  return { file, ...value, seconds };
}
