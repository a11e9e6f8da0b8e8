import type { Digest } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import { headBlob } from './blobs.ts';
import type { Descriptor } from './descriptor.ts';
import type { Rereadable } from './rereadable.ts';
import { Transient } from './retry.ts';
import {
  askProgress,
  cancelSession,
  finishSession,
  openSession,
  type Session,
  sendChunk,
  type Uploader,
} from './upload-session.ts';

/** How much of an upload goes into one request, and how much of it is held. Bytes. */
export interface UploadSizes {
  readonly chunk: number;
  readonly held: number;
}

/**
 * Uploads a blob in chunks (distribution-spec, spec.md#pushing-a-blob-in-chunks):
 *
 *     a chunk fails                → the registry is asked how far it is, and is sent what follows, which is held
 *     it has lost the upload,
 *     or is where nothing is held  → begun anew, if the beginning is held or can be had again
 *     it refuses the first chunk,
 *     or breaks off each time      → false: it is one that takes blobs in one piece only
 *     it takes a chunk, and is
 *     where it was, as it says     → the chunk counts: ECR and zot have counted wrongly
 *     it refuses the whole         → false, if the beginning is held or can be had again
 *
 * @returns false when the registry wants no chunks; the bytes are there from the beginning then
 */
export async function pushInChunks(
  uploader: Uploader,
  { digest, size }: Descriptor,
  bytes: Rereadable,
  chunkBytes: number,
): Promise<boolean> {
  const upload = new ChunkedUpload(uploader, size, bytes, await openSession(uploader));
  try {
    const isSent = await upload.sendAll(chunkBytes);
    if (isSent) await bytes.end();
    if (isSent && (await upload.finish(digest))) return true;
    await upload.cancel();
    return false;
  } catch (error) {
    await upload.cancel();
    throw error;
  }
}

/** An upload that is not known at its end, or is not the blob that its digest names. */
const REFUSED = new Set<Failure['code']>(['registry-error', 'registry-missing']);

class ChunkedUpload {
  readonly #uploader: Uploader;
  readonly #size: number;
  readonly #bytes: Rereadable;
  #session: Session;
  /** Bytes that the registry has. */
  #offset = 0;

  constructor(uploader: Uploader, size: number, bytes: Rereadable, session: Session) {
    this.#uploader = uploader;
    this.#size = size;
    this.#bytes = bytes;
    this.#session = session;
  }

  /** False when the registry wants no chunks. */
  async sendAll(chunkBytes: number): Promise<boolean> {
    const { remote, repository, subject, signal } = this.#uploader;
    let best = 0;
    for (let attempt = 1; this.#offset < this.#size; ) {
      try {
        const sent = await this.#send(Math.max(chunkBytes, this.#session.minimum));
        if (sent instanceof Failure) {
          if (best === 0 && attempt === 1 && this.#bytes.rewind()) return false;
          throw new Transient(sent);
        }
      } catch (error) {
        // A refusal may not get through while a large body is being sent.
        if (best === 0 && this.#isLast(error, attempt) && this.#bytes.rewind()) return false;
        await remote.pause(error, repository.registry, subject, attempt++, signal);
        await this.#catchUp();
      }
      if (this.#offset > best) attempt = 1;
      best = Math.max(best, this.#offset);
    }
    return true;
  }

  /**
   * The last request, which has no bytes: its answer may be lost although it did what it was for. False when the
   * registry makes something else of the chunks, and all of them can be had again.
   */
  async finish(digest: Digest): Promise<boolean> {
    const { remote, repository, subject, signal } = this.#uploader;
    for (let attempt = 1; ; attempt++) {
      try {
        await finishSession(this.#uploader, this.#session, digest, Buffer.alloc(0), 0);
        return true;
      } catch (error) {
        const isRefused = error instanceof Failure && REFUSED.has(error.code);
        if ((isRefused || this.#isLast(error, attempt)) && this.#bytes.rewind()) return false;
        await remote.pause(error, repository.registry, subject, attempt, signal);
        if (await headBlob(remote, repository, digest, signal)) return true;
      }
    }
  }

  #isLast(error: unknown, attempt: number): boolean {
    return error instanceof Transient && attempt >= this.#uploader.remote.retry.attempts;
  }

  cancel(): Promise<void> {
    return cancelSession(this.#uploader, this.#session);
  }

  async #send(chunkBytes: number): Promise<Failure | undefined> {
    const end = Math.min(this.#offset + chunkBytes, this.#size);
    const body = this.#bytes.read(this.#offset, end);
    const sent = await sendChunk(this.#uploader, this.#session, body, this.#offset, end - this.#offset);
    if (sent instanceof Failure) return sent;
    this.#session = sent.session;
    const offset = sent.offset !== undefined && sent.offset > this.#offset ? sent.offset : end;
    if (!this.#bytes.has(offset)) throw new Transient(this.#miscounted(offset));
    this.#offset = offset;
    return undefined;
  }

  #miscounted(offset: number): Failure {
    return new Failure('registry-error', `the registry says that it has ${offset} bytes of an upload`, {
      subject: this.#uploader.subject,
    });
  }

  /** After a request that failed: from where the registry is, or from the beginning. */
  async #catchUp(): Promise<void> {
    const progress = await askProgress(this.#uploader, this.#session);
    if (progress?.offset === undefined || !this.#bytes.has(progress.offset)) return this.#beginAnew();
    // It has taken more than it says: where it is, nobody knows.
    if (progress.offset < this.#offset && this.#bytes.rewind()) return this.#beginAnew();
    this.#session = progress.session;
    this.#offset = progress.offset;
  }

  /** @throws Failure `registry-error` when the beginning cannot be had any more */
  async #beginAnew(): Promise<void> {
    if (!this.#bytes.rewind()) {
      throw new Failure('registry-error', `the registry lost the upload after ${this.#offset} bytes`, {
        subject: this.#uploader.subject,
        hints: ['run it again: what has arrived whole is not sent again'],
      });
    }
    await this.cancel();
    this.#session = await openSession(this.#uploader);
    this.#offset = 0;
  }
}
