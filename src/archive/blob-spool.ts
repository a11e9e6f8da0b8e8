import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { type Digest, hashFor, hexOf } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import { SPOOL_HELD_BYTES } from '../base/limits.ts';
import { giveBack } from '../base/memory.ts';
import type { BlobsAside } from './head.ts';
import { ioFailure } from './io-failure.ts';
import type { Sink } from './sink.ts';

const { O_CREAT, O_EXCL, O_RDWR } = constants;

/** Where the blobs of an archive wait that is not begun yet. */
export interface BlobStore extends BlobsAside {
  /** Takes a blob, and its memory. */
  put(digest: Digest, bytes: Buffer): Promise<void>;
}

/** A blob in memory, or where it is in the file. */
type Kept = { readonly bytes: Buffer } | { readonly at: number; readonly size: number };

/**
 * Resource blobs of an export, which are written only when the plan is known.
 *
 *     put     into memory, up to SPOOL_HELD_BYTES; what comes then, into a file beside the archive
 *     file    made when it is first needed, mode 0600, and removed at once: it has no name, and is gone with the process,
 *             however that ends
 *     read    as often as wanted; what comes back from the file is checked against its digest
 *     leave   back into memory, when the archive turns out not to fit beside it
 *
 * Where no file can be made, or it takes no more, blobs stay in memory: then an export needs more of it, and fails of
 * nothing else.
 */
export class BlobSpool implements BlobStore {
  readonly #path: string | undefined;
  readonly #kept = new Map<Digest, Kept>();
  #heldBytes = 0;
  /** Where the next blob goes in the file. */
  #end = 0;
  #file: Promise<FileHandle | undefined> | undefined;

  /** @param archive beside which the file is made; undefined keeps all in memory. */
  constructor(archive: string | undefined) {
    this.#path = archive && `${archive}.spool-${randomBytes(4).toString('hex')}`;
  }

  async put(digest: Digest, bytes: Buffer): Promise<void> {
    if (this.#heldBytes + bytes.length > SPOOL_HELD_BYTES) {
      const at = await this.#write(bytes);
      if (at !== undefined) {
        this.#kept.set(digest, { at, size: bytes.length });
        giveBack(bytes);
        return;
      }
    }
    this.#heldBytes += bytes.length;
    this.#kept.set(digest, { bytes });
  }

  sizeOf(digest: Digest): number | undefined {
    const kept = this.#kept.get(digest);
    return kept && ('bytes' in kept ? kept.bytes.length : kept.size);
  }

  async read(digest: Digest): Promise<Buffer> {
    const kept = this.#kept.get(digest);
    if (kept === undefined)
      throw new Failure('internal', 'a blob is read that was not kept', { subject: digest });
    if ('bytes' in kept) return kept.bytes;
    const bytes = await this.#readAt(kept.at, kept.size);
    if (hashFor(digest).update(bytes).digest('hex') === hexOf(digest)) return bytes;
    throw new Failure('io-error', 'what was written is not what comes back', {
      subject: this.#path ?? digest,
      hints: ['the medium is not to be trusted: use another one'],
    });
  }

  /** Brings everything into memory, so that the medium has its room back. @throws Failure `io-error` */
  async leaveMedium(): Promise<void> {
    for (const digest of this.#kept.keys()) this.#kept.set(digest, { bytes: await this.read(digest) });
    const file = await this.#file;
    this.#file = Promise.resolve(undefined);
    await file?.close();
  }

  /** Lets go of everything. */
  async close(): Promise<void> {
    this.#kept.clear();
    await (await this.#file)?.close();
  }

  /** Undefined when the file takes no more. */
  async #write(bytes: Buffer): Promise<number | undefined> {
    this.#file ??= this.#open();
    const file = await this.#file;
    if (file === undefined) return undefined;
    const at = this.#end;
    this.#end += bytes.length;
    try {
      for (let written = 0; written < bytes.length; ) {
        const { bytesWritten } = await file.write(bytes, written, bytes.length - written, at + written);
        written += bytesWritten;
      }
      return at;
    } catch {
      return undefined;
    }
  }

  async #open(): Promise<FileHandle | undefined> {
    if (this.#path === undefined) return undefined;
    try {
      const file = await open(this.#path, O_CREAT | O_EXCL | O_RDWR, 0o600);
      await rm(this.#path).catch(async error => {
        await file.close();
        throw error;
      });
      return file;
    } catch {
      return undefined;
    }
  }

  async #readAt(at: number, size: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(size);
    const file = await this.#file;
    try {
      for (let read = 0; read < size; ) {
        const { bytesRead = 0 } = (await file?.read(bytes, read, size - read, at + read)) ?? {};
        if (bytesRead === 0) throw new Error('the file is shorter than what was written');
        read += bytesRead;
      }
      return bytes;
    } catch (error) {
      throw ioFailure(error, this.#path ?? '');
    }
  }
}

/** A sink on the same medium as a spool, which leaves it where there is no room for both. */
export function besideSpool(sink: Sink, spool: BlobSpool): Sink {
  return {
    get position() {
      return sink.position;
    },
    async expect(totalBytes, id) {
      try {
        await sink.expect(totalBytes, id);
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== 'refused') throw error;
        await spool.leaveMedium();
        await sink.expect(totalBytes, id);
      }
    },
    write: chunks => sink.write(chunks),
    commit: () => sink.commit(),
    abort: keep => sink.abort(keep),
  };
}
