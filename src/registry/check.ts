import type { Hash } from 'node:crypto';
import { hashFor, hexOf } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import { HashThread } from '../base/hash-thread.ts';
import type { BlobSource } from './registry.ts';

/** With less to hash than this, to start a thread costs more than it saves. */
const WORTH_A_THREAD_BYTES = 64 * 1024 * 1024;
/** A smaller blob is hashed sooner than a thread is told of it. */
const SMALL_BLOB_BYTES = 256 * 1024;

/** What of a blob has passed before, with its hash. */
export interface Begun {
  readonly passed: number;
  readonly hash: Hash;
}

/** Checks blobs one after the other, with a thread beside this one where much is to be hashed. */
export class Checker {
  readonly #isWorthIt: boolean;
  #thread: HashThread | undefined;

  /** @param bytes of all blobs */
  constructor(bytes: number) {
    this.#isWorthIt = bytes >= WORTH_A_THREAD_BYTES;
  }

  begin(source: BlobSource, begun: Begun | undefined): Check {
    if (begun !== undefined) return new Check(source, new Here(begun.hash.copy()), begun.passed);
    const { digest, size } = source.descriptor;
    const isHere = !this.#isWorthIt || size <= SMALL_BLOB_BYTES || !digest.startsWith('sha256:');
    if (isHere) return new Check(source, new Here(hashFor(digest)));
    this.#thread ??= new HashThread();
    return new Check(source, this.#thread);
  }

  async close(): Promise<void> {
    await this.#thread?.close();
  }
}

/** One blob as it passes. */
export class Check {
  readonly #source: BlobSource;
  readonly #hash: Here | HashThread;
  passed: number;
  isComplete = false;
  /** Resolves when nothing that has passed is read any more. */
  hashed: Promise<void> = Promise.resolve();

  constructor(source: BlobSource, hash: Here | HashThread, passed = 0) {
    this.#source = source;
    this.#hash = hash;
    this.passed = passed;
  }

  /** @throws Failure `content-mismatch` with the chunk that completes the blob, when it is another blob */
  async pass(chunk: Buffer): Promise<void> {
    const { digest, size } = this.#source.descriptor;
    this.hashed = this.#hash.update(chunk);
    // Memory that is shared is hashed while further chunks come; other memory is copied first.
    if (chunk.buffer instanceof SharedArrayBuffer) this.hashed.catch(() => undefined);
    else await this.hashed;
    this.passed += chunk.length;
    if (this.passed < size) return;
    this.isComplete = true;
    if ((await this.#hash.digest()).endsWith(`:${hexOf(digest)}`) && this.passed === size) return;
    const [repository] = this.#source.repositories;
    throw new Failure('content-mismatch', `the registry's blob is not what ${digest} names`, {
      subject: repository ? `${repository.registry}/${repository.path}` : digest,
      hints: ['the registry holds damaged content: push the image again, or take it from another place'],
    });
  }
}

/** A hash on this thread, with the face of one on another. */
class Here {
  readonly #hash: Hash;

  constructor(hash: Hash) {
    this.#hash = hash;
  }

  async update(chunk: Buffer): Promise<void> {
    this.#hash.update(chunk);
  }

  async digest(): Promise<string> {
    return `:${this.#hash.digest('hex')}`;
  }
}
