import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Failure } from '../base/errors.ts';
import { HashThread } from '../base/hash-thread.ts';
import { READ_BYTES } from '../base/limits.ts';
import { readHead } from './head-reader.ts';
import { ioFailure } from './io-failure.ts';
import { ArchiveReader } from './reader.ts';
import { type Feed, Source } from './source.ts';
import { TarReader } from './tar-reader.ts';
import { verifyArchive } from './verify.ts';
import { FRONT_BYTES, type Volume } from './volumes/front.ts';

/** What was read: the medium itself, or whatever the system had in memory of it. */
export type ReadFrom = 'medium' | 'cache';

/** What file systems say that read only through their cache. */
const NOT_DIRECT = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP']);
const WASM_PAGE = 64 * 1024;

/**
 * Reads back an archive that has just been written, past the page cache where the system lets it (O_DIRECT of Linux),
 * and verifies all of it.
 *
 * @throws Failure `damaged` when what comes back is not what was written.
 */
export async function readBackArchive(path: string, onRead: (bytes: number) => void): Promise<ReadFrom> {
  const file = await openDirect(path);
  const tar = new TarReader(new Source(file, onRead));
  try {
    await verifyArchive(new ArchiveReader(tar, await readHead(tar)));
    return file.from;
  } catch (error) {
    throw notAsWritten(error, path);
  } finally {
    await file.close();
  }
}

/** The same of a part, by its digest. */
export async function readBackVolume(
  path: string,
  { size, digest }: Volume,
  onRead: (bytes: number) => void,
): Promise<ReadFrom> {
  const file = await openDirect(path);
  const hash = new HashThread();
  try {
    const source = new Source(file, () => {});
    await source.take(FRONT_BYTES);
    let passed = 0;
    for await (const piece of source.pieces(size)) {
      await hash.update(piece);
      source.giveBack(piece);
      passed += piece.length;
      onRead(passed);
    }
    if ((await hash.digest()) === digest) return file.from;
    throw notAsWritten(new Failure('damaged', 'the part does not have its digest'), path);
  } finally {
    await Promise.all([file.close(), hash.close()]);
  }
}

function notAsWritten(error: unknown, path: string): unknown {
  if (!(error instanceof Failure) || error.exit !== 4) return error;
  const where = error.subject === undefined ? '' : `${error.subject}: `;
  return new Failure('damaged', `what was read back is not what was written: ${where}${error.message}`, {
    subject: path,
    hints: ['the medium is not to be trusted: use another one'],
    cause: error,
  });
}

interface DirectFile extends Feed {
  /** Known after the first read. */
  readonly from: ReadFrom;
}

/** A file for reading past the page cache; through it where there is no other way. */
async function openDirect(path: string): Promise<DirectFile> {
  try {
    const direct = constants.O_DIRECT === undefined ? undefined : await openTried(path);
    return new AlignedFile(direct ?? (await open(path)), path, direct === undefined ? 'cache' : 'medium');
  } catch (error) {
    throw ioFailure(error, path);
  }
}

/** Some file systems refuse the flag, others the first read with it. */
async function openTried(path: string): Promise<FileHandle | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_DIRECT);
    await handle.read(alignedBuffer(WASM_PAGE), 0, WASM_PAGE, 0);
    return handle;
  } catch (error) {
    await handle?.close();
    if (NOT_DIRECT.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** `WebAssembly.Memory`, which the types of Node.js leave out. */
type PagedMemory = new (size: { initial: number }) => { readonly buffer: ArrayBuffer };

/** Direct reads need memory that begins at a whole block; that of WebAssembly begins at a whole page. */
function alignedBuffer(bytes: number): Buffer<ArrayBuffer> {
  const { Memory } = (globalThis as unknown as { WebAssembly: { Memory: PagedMemory } }).WebAssembly;
  return Buffer.from(new Memory({ initial: bytes / WASM_PAGE }).buffer);
}

/** Reads at whole blocks only, and hands on copies. */
class AlignedFile implements DirectFile {
  readonly from: ReadFrom;
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #buffer = alignedBuffer(READ_BYTES);
  #position = 0;
  #rest: Buffer = Buffer.alloc(0);
  #isAtEnd = false;

  constructor(handle: FileHandle, path: string, from: ReadFrom) {
    this.#handle = handle;
    this.#path = path;
    this.from = from;
  }

  async pull(into: Buffer): Promise<Buffer | undefined> {
    if (this.#rest.length === 0 && !(await this.#fill())) return undefined;
    const length = this.#rest.copy(into);
    this.#rest = this.#rest.subarray(length);
    return into.subarray(0, length);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  async #fill(): Promise<boolean> {
    // From the odd byte where a file ends no direct read could go on.
    if (this.#isAtEnd) return false;
    try {
      const { bytesRead } = await this.#handle.read(this.#buffer, 0, this.#buffer.length, this.#position);
      this.#position += bytesRead;
      this.#isAtEnd = bytesRead < this.#buffer.length;
      this.#rest = this.#buffer.subarray(0, bytesRead);
      return bytesRead > 0;
    } catch (error) {
      throw ioFailure(error, `${this.#path} at byte ${this.#position}`);
    }
  }
}
