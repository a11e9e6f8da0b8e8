import { openFileSink } from '../../archive/file-sink.ts';
import { StreamSink } from '../../archive/stream-sink.ts';
import { parseVolumeName } from '../../archive/volumes/names.ts';
import { findParts } from '../../archive/volumes/part-files.ts';
import { openVolumes } from '../../archive/volumes/volume-feed.ts';
import { Failure } from '../../base/errors.ts';
import { Flow } from '../../base/flow.ts';
import { ROUTES } from '../../progress/phases.ts';
import type { JoinResult } from '../../progress/results/archive.ts';
import { archiveFrom } from '../from-flags/media.ts';
import { copyArchive } from './copy-archive.ts';
import { runShown } from './run.ts';

interface JoinFlags {
  readonly output?: string | undefined;
  readonly overwrite: boolean;
  readonly progress: string;
  readonly quiet: boolean;
}

/** Makes one archive of its parts; each is checked against its digest before the archive gets its name. */
export async function runJoin(files: readonly string[], flags: JoinFlags): Promise<JoinResult> {
  const { askForPart: ask } = archiveFrom(files);
  if (files.includes('-')) {
    throw new Failure('usage', 'parts are joined from files, and standard input is none', {
      hints: ['restore, verify and inspect take parts from a pipe as they are, one behind the other'],
    });
  }
  const parts = await findParts(files);
  if (parts === undefined) {
    throw new Failure('usage', 'this is no part of an archive', {
      subject: files.join(', '),
      hints: ['give files that "split" or "export --volume-size" has written'],
    });
  }
  const file = flags.output ?? parseVolumeName(parts[0].path)?.archive;
  if (file === undefined) {
    throw new Failure('usage', 'the parts have names of their own, and the archive has none', {
      hints: ['pass --output FILE'],
    });
  }
  const stdout = file === '-' ? new StreamSink() : undefined;
  const flow = new Flow(1, 1);
  const { value: bytes, seconds } = await runShown(ROUTES.copy, { ...flags, flow }, async context => {
    const feed = await openVolumes(parts, { ask, check: true });
    const sink = stdout ?? (await openFileSink(file, { overwrite: flags.overwrite, isCopy: true }));
    return copyArchive(feed, sink, { file, id: feed.id, flow, ...context });
  });
  return { file, bytes, seconds };
}
