import { Worker } from 'node:worker_threads';
import type { Digest } from './digest.ts';

/** Buffers on their way to the thread and back: so much may wait to be hashed. */
const BUFFERS = 4;
const BUFFER_BYTES = 1024 * 1024;

/**
 * What the thread does: one answer to each message, in order. As text, since the program is a bundle, in which no file
 * of its own could be named that holds also when it runs from its sources.
 */
const THREAD = `
const { parentPort } = require('node:worker_threads');
const { createHash } = require('node:crypto');
let hash = createHash('sha256');
parentPort.on('message', ({ view, buffer, length }) => {
  if (view !== undefined) {
    hash.update(view);
    parentPort.postMessage({});
  } else if (buffer !== undefined) {
    hash.update(new Uint8Array(buffer, 0, length));
    parentPort.postMessage({ buffer }, [buffer]);
  } else {
    parentPort.postMessage({ hex: hash.digest('hex') });
    hash = createHash('sha256');
  }
});`;

interface Message {
  /** In memory that both threads share. */
  readonly view?: Uint8Array;
  readonly buffer?: ArrayBuffer;
  readonly length?: number;
}

interface Answer {
  readonly buffer?: ArrayBuffer;
  readonly hex?: string;
}

/**
 * A sha256 on a thread of its own. One digest after the other; {@link close} ends the thread.
 *
 * A chunk in shared memory is hashed where it lies. Any other is copied, which costs a twentieth of a hash.
 */
export class HashThread {
  readonly #worker = new Worker(THREAD, { eval: true });
  /** Buffers for copies, or when they will be back. */
  readonly #buffers: Promise<ArrayBuffer>[] = Array.from({ length: BUFFERS }, async () => {
    return new ArrayBuffer(BUFFER_BYTES);
  });
  readonly #asked: PromiseWithResolvers<Answer>[] = [];
  #error: unknown;
  #isClosing = false;

  constructor() {
    this.#worker.on('message', (answer: Answer) => {
      this.#asked.shift()?.resolve(answer);
      if (this.#asked.length === 0 && !this.#isClosing) this.#worker.unref();
    });
    this.#worker.on('error', error => {
      this.#error = error;
      for (const { reject } of this.#asked.splice(0)) reject(error);
    });
    // Whoever waits for an answer has something else that keeps the program alive; one that is given up must end.
    this.#worker.unref();
  }

  /**
   * The chunk is the caller's again when the promise resolves. Chunks in shared memory need not be waited for one by
   * one; others do.
   */
  async update(chunk: Buffer): Promise<void> {
    if (chunk.buffer instanceof SharedArrayBuffer) {
      await this.#ask({ view: chunk });
      return;
    }
    for (let at = 0; at < chunk.length; at += BUFFER_BYTES) {
      const piece = chunk.subarray(at, at + BUFFER_BYTES);
      const buffer = (await this.#buffers.shift()) as ArrayBuffer;
      piece.copy(new Uint8Array(buffer));
      const back = this.#ask({ buffer, length: piece.length }, [buffer]);
      this.#buffers.push(back.then(answer => answer.buffer as ArrayBuffer));
      // A thread that failed is told of by the next call.
      this.#buffers.at(-1)?.catch(() => undefined);
    }
  }

  /** The digest of all since the last digest. */
  async digest(): Promise<Digest> {
    return `sha256:${(await this.#ask({})).hex}` as Digest;
  }

  /** Also while answers are due: whoever waits for one learns that there will be none. */
  async close(): Promise<void> {
    // The end of the thread keeps the program alive until it has come; a late answer shall not let go of it.
    this.#isClosing = true;
    await this.#worker.terminate();
    this.#error ??= new Error('the thread that hashes was ended');
    for (const { reject } of this.#asked.splice(0)) reject(this.#error);
  }

  /** The thread keeps the program alive while it is waited for. */
  #ask(message: Message, transfer: ArrayBuffer[] = []): Promise<Answer> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    const asked = Promise.withResolvers<Answer>();
    this.#asked.push(asked);
    this.#worker.ref();
    this.#worker.postMessage(message, transfer);
    return asked.promise;
  }
}
