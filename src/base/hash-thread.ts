import { Worker } from 'node:worker_threads';
import type { Digest } from './digest.ts';

/** Buffers on their way to the thread and back: so much may wait to be hashed. */
const BUFFERS = 4;
const BUFFER_BYTES = 1024 * 1024;

/**
 * What the thread does. As text, since the program is a bundle, in which no file of its own could be named that holds
 * also when it runs from its sources.
 */
const THREAD = `
const { parentPort } = require('node:worker_threads');
const { createHash } = require('node:crypto');
let hash = createHash('sha256');
parentPort.on('message', ({ buffer, length }) => {
  if (buffer === undefined) {
    parentPort.postMessage({ hex: hash.digest('hex') });
    hash = createHash('sha256');
  } else {
    hash.update(new Uint8Array(buffer, 0, length));
    parentPort.postMessage({ buffer }, [buffer]);
  }
});`;

type Answer = { buffer: ArrayBuffer } | { hex: string };

/**
 * A sha256 on a thread of its own, for bytes that this one has hashed already in another way: the copy that it takes
 * costs a twentieth of a hash. One digest after the other; {@link close} ends the thread.
 */
export class HashThread {
  readonly #worker = new Worker(THREAD, { eval: true });
  readonly #free: ArrayBuffer[] = Array.from({ length: BUFFERS }, () => new ArrayBuffer(BUFFER_BYTES));
  #wake: (() => void) | undefined;
  #hex: string | undefined;
  #error: unknown;

  constructor() {
    this.#worker.on('message', (answer: Answer) => {
      if ('hex' in answer) this.#hex = answer.hex;
      else this.#free.push(answer.buffer);
      this.#wake?.();
    });
    this.#worker.on('error', error => {
      this.#error = error;
      this.#wake?.();
    });
    // Whoever waits for an answer has something else that keeps the program alive; one that is given up must end.
    this.#worker.unref();
  }

  /** The chunk is the caller's again when the promise resolves. */
  async update(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length; at += BUFFER_BYTES) {
      const piece = chunk.subarray(at, at + BUFFER_BYTES);
      const buffer = await this.#next(() => this.#free.pop());
      piece.copy(new Uint8Array(buffer));
      this.#worker.postMessage({ buffer, length: piece.length }, [buffer]);
    }
  }

  /** The digest of all since the last digest. */
  async digest(): Promise<Digest> {
    this.#hex = undefined;
    this.#worker.postMessage({});
    return `sha256:${await this.#next(() => this.#hex)}` as Digest;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  /** What a message brings; the thread keeps the program alive while it is waited for. */
  async #next<T>(take: () => T | undefined): Promise<T> {
    for (;;) {
      if (this.#error !== undefined) throw this.#error;
      const taken = take();
      if (taken !== undefined) return taken;
      this.#worker.ref();
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
      this.#worker.unref();
    }
  }
}
