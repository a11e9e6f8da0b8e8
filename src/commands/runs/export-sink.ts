import { type FileSink, openFileSink } from '../../archive/file-sink.ts';
import { type ReadFrom, readBackArchive, readBackVolume } from '../../archive/read-back.ts';
import { StreamSink } from '../../archive/stream-sink.ts';
import type { Volume } from '../../archive/volumes/front.ts';
import { parseVolumeSize } from '../../archive/volumes/size.ts';
import { openVolumeSink, VolumeSink } from '../../archive/volumes/volume-sink.ts';
import { Failure } from '../../base/errors.ts';
import type { Report } from '../../progress/events.ts';
import { mediumAsker } from '../from-flags/media.ts';
import { NEEDS_FILE, type SinkFlags } from './needs-file.ts';

/** A sink that keeps what was written when the export does not come to its end. */
export type KeepingSink = FileSink | VolumeSink;

/**
 * Where the archive goes; what can be known beforehand to be wrong with that is thrown here.
 *
 * @throws Failure `usage`.
 */
export function sinkOpener(
  file: string,
  flags: SinkFlags,
  readBack: ReadBack | undefined,
): (report: Report) => Promise<KeepingSink | StreamSink> {
  if (file === '-') {
    const stdout = streamSink(flags);
    return async () => stdout;
  }
  const { overwrite, 'volume-size': size } = flags;
  const options = { overwrite, keepUnfinished: true };
  if (size === undefined) {
    return report => openFileSink(file, { ...options, ...durable(report), ...readBack?.ofFile(report) });
  }
  const volumeBytes = parseVolumeSize(size);
  const nextMedium = mediumAsker();
  return report =>
    openVolumeSink(file, {
      ...options,
      ...durable(report),
      ...readBack?.ofVolumes(report),
      volumeBytes,
      ...(nextMedium && { nextMedium }),
    });
}

/** Tells how far the medium is. */
export function durable(report: Report): { onDurable: (bytes: number) => void } {
  return { onDurable: bytes => report({ type: 'on-medium', bytes }) };
}

function streamSink(flags: SinkFlags): StreamSink {
  for (const [flag, [message, hint]] of Object.entries(NEEDS_FILE)) {
    const value = flags[flag as keyof SinkFlags];
    if (value !== undefined && value !== false) throw new Failure('usage', message, { hints: [hint] });
  }
  return new StreamSink();
}

/** A result with the files that the archive was cut into, none when it is in one, and with what lies beside them. */
export function withParts<R extends { readonly notes: readonly string[] }>(result: R, sink: unknown) {
  const { parts, notes } = sink instanceof VolumeSink ? sink : { parts: [], notes: [] };
  return { ...result, parts: [...parts], notes: [...result.notes, ...notes] };
}

/** Reads back what has been written, and remembers where from. */
export class ReadBack {
  #from: ReadFrom | undefined;
  #signal: AbortSignal | undefined;

  /** What is read back may be large: whoever stops the run does not wait for it. */
  stopAt(signal: AbortSignal): void {
    this.#signal = signal;
  }

  /** For a result. */
  get result(): { readBack?: ReadFrom } {
    return this.#from === undefined ? {} : { readBack: this.#from };
  }

  ofFile(report: Report): { check: (path: string) => Promise<void> } {
    const check = async (path: string) => {
      report({ type: 'phase', phase: 'verify' });
      this.#note(await readBackArchive(path, this.#showing(report, path)));
    };
    return { check };
  }

  ofVolumes(report: Report): { checkVolume: (path: string, volume: Volume) => Promise<void> } {
    const checkVolume = async (path: string, volume: Volume) =>
      this.#note(await readBackVolume(path, volume, this.#showing(report, path)));
    return { checkVolume };
  }

  #showing(report: Report, path: string): (bytes: number) => void {
    return bytes => {
      this.#signal?.throwIfAborted();
      report({ type: 'blob-progress', digest: path, bytes });
    };
  }

  /** One part that came from memory makes all of them doubtful. */
  #note(from: ReadFrom): void {
    if (this.#from !== 'cache') this.#from = from;
  }
}
