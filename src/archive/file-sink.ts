import { type BigIntStats, constants } from 'node:fs';
import { lstat, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../base/errors.ts';
import { ioFailure } from './io-failure.ts';
import { checkRoom, mediumOf } from './medium.ts';
import type { Sink } from './sink.ts';
import { syncFolder } from './sync-folder.ts';
import { SyncedFile } from './synced-file.ts';
import { isUnfinished } from './unfinished.ts';

/** How an archive is written to a file. */
export interface FileSinkOptions {
  /** Replace a file that is there already; only when the new one is whole. */
  overwrite?: boolean;
  /** Told how many bytes the medium has for certain, and the page cache not only. */
  onDurable?: (bytes: number) => void;
  /** Reads the partial file back once it is on the medium; it gets its name only when this does not throw. */
  check?: (partial: string) => Promise<void>;
  /** Made of an archive that is there already, so that it cannot be cut while it is made. */
  isCopy?: boolean;
  /** Leave a partial file alone from which an export can be resumed. */
  keepUnfinished?: boolean;
}

/** The end of a tar, and some of the seal before it. */
const SPOILED_BYTES = 3 * 512;

const { O_CREAT, O_EXCL, O_RDWR, O_WRONLY } = constants;

/**
 * An archive in a file. Until it is whole it is called `FILE.partial`, readable by nobody but its owner; then it is
 * made durable and renamed. A `FILE.partial` of an earlier run is replaced.
 *
 * @throws Failure `refused` when there is a file already, or a partial one that is to be kept; `io-error` when none
 * can be made.
 */
export async function openFileSink(path: string, options: FileSinkOptions = {}): Promise<FileSink> {
  const partial = partialOf(path);
  try {
    await checkTarget(path, options);
    const stale = (await statOf(partial)) !== undefined;
    if (stale && options.keepUnfinished && !options.overwrite) await refuseUnfinished(partial, path);
    // Removed rather than reused: whoever still writes to it shall not write into ours.
    if (stale) await rm(partial);
    const handle = await open(partial, O_CREAT | O_EXCL | O_WRONLY, 0o600);
    const file = new SyncedFile(handle, 0, options.onDurable);
    return new FileSink(path, file, await handle.stat({ bigint: true }), options, stale);
  } catch (error) {
    throw ioFailure(error, path);
  }
}

/**
 * Goes on with the partial file that an earlier run has left, behind so many of its bytes.
 *
 * @throws Failure as {@link openFileSink}.
 */
export async function reopenFileSink(
  path: string,
  position: number,
  options: FileSinkOptions = {},
): Promise<FileSink> {
  try {
    await checkTarget(path, options);
    const handle = await open(partialOf(path), O_RDWR);
    await handle.truncate(position);
    const file = new SyncedFile(handle, position, options.onDurable);
    return new FileSink(path, file, await handle.stat({ bigint: true }), options, false);
  } catch (error) {
    throw ioFailure(error, path);
  }
}

/** What a file is called until it is whole. */
export function partialOf(path: string): string {
  return `${path}.partial`;
}

/** What an aborted sink has left to go on from; `doubtful`: its medium may lack what this system still shows of it. */
export type Leftover = 'nothing' | 'synced' | 'doubtful';

/** See {@link openFileSink}. */
export class FileSink implements Sink {
  /** True when the partial file of an earlier run was in the way and is gone. */
  readonly replacedPartial: boolean;
  readonly #path: string;
  readonly #file: SyncedFile;
  readonly #identity: BigIntStats;
  readonly #options: FileSinkOptions;
  #expected: number | undefined;
  #left: Leftover = 'nothing';

  constructor(
    path: string,
    file: SyncedFile,
    identity: BigIntStats,
    options: FileSinkOptions,
    replacedPartial: boolean,
  ) {
    this.#path = path;
    this.#file = file;
    this.#identity = identity;
    this.#options = options;
    this.replacedPartial = replacedPartial;
  }

  get position(): number {
    return this.#file.position;
  }

  async expect(totalBytes: number): Promise<void> {
    this.#expected = totalBytes;
    const what = this.#options.isCopy ? 'copy' : 'archive';
    const wanted = { what, path: this.#path, bytes: totalBytes, held: this.position } as const;
    checkRoom(await mediumOf(dirname(this.#path)), wanted);
  }

  async write(chunks: readonly Buffer[]): Promise<void> {
    await this.#try(() => this.#file.write(chunks));
  }

  /** Writes over bytes that have been written before. */
  async patch(bytes: Buffer, position: number): Promise<void> {
    await this.#try(() => this.#file.patch(bytes, position));
  }

  /** @param check instead of that of the options. */
  async commit(check = this.#options.check): Promise<void> {
    await this.#try(async () => {
      await this.#file.sync();
      await check?.(this.#partial).catch(error => this.#spoil(error));
      await this.#checkOurs();
      await this.#file.close();
      await checkTarget(this.#path, this.#options);
      await rename(this.#partial, this.#path);
      await syncFolder(dirname(this.#path));
    });
  }

  async abort(keep = false): Promise<void> {
    await this.#try(async () => {
      const isOurs = await this.#isOurs();
      if (keep && isOurs) this.#left = (await this.#file.dropUnsynced()) ? 'synced' : 'doubtful';
      await this.#file.close();
      if (!keep && isOurs) await rm(this.#partial);
    });
  }

  /** Bytes that are on the medium for certain. */
  get durable(): number {
    return this.#file.durable;
  }

  /** What there is to go on from when the sink was aborted. */
  get left(): Leftover {
    return this.#left;
  }

  get #partial(): string {
    return partialOf(this.#path);
  }

  /** A file that did not come back as it was written shall not look like an archive: its end goes. */
  async #spoil(error: unknown): Promise<never> {
    await this.#file.shorten(SPOILED_BYTES);
    throw error;
  }

  /** Another run may have taken our partial file for a stale one. */
  async #checkOurs(): Promise<void> {
    if (await this.#isOurs()) return;
    if ((await statOf(this.#partial)) === undefined) {
      throw new Failure(
        'io-error',
        'what was written is not there any more: its medium is gone, or the file was removed',
        {
          subject: this.#path,
          hints: ['put the medium in again and look for the .partial file, or export anew'],
        },
      );
    }
    throw new Failure('locked', 'another export to the same file has taken its place', {
      subject: this.#path,
      hints: ['export to another file'],
    });
  }

  async #isOurs(): Promise<boolean> {
    const there = await statOf(this.#partial);
    return there?.ino === this.#identity.ino && there.dev === this.#identity.dev;
  }

  async #try<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      const note =
        this.#expected === undefined ? undefined : `after ${this.position} of ${this.#expected} bytes`;
      throw ioFailure(error, this.#path, note);
    }
  }
}

async function checkTarget(path: string, { overwrite = false }: FileSinkOptions): Promise<void> {
  const there = await stat(path).catch(absent);
  if (there === undefined) return;
  if (there.isDirectory())
    throw new Failure('refused', 'it is a folder', { subject: path, hints: ['give the path of a file'] });
  if (!there.isFile()) {
    throw new Failure('refused', 'it is no regular file', {
      subject: path,
      hints: [`write to standard output: export - > ${path}`],
    });
  }
  if (!overwrite)
    throw new Failure('refused', 'the file exists already', {
      subject: path,
      hints: ['choose another name, or pass --overwrite'],
    });
}

async function refuseUnfinished(partial: string, path: string): Promise<void> {
  if (!(await isUnfinished(partial))) return;
  throw new Failure('refused', 'an export to it was not finished, and can be gone on with', {
    subject: path,
    hints: ['pass --resume to go on with it, or --overwrite to begin anew'],
  });
}

function statOf(path: string) {
  return lstat(path, { bigint: true }).catch(absent);
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
