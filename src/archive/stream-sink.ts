import type { Writable } from 'node:stream';
import { Failure } from '../base/errors.ts';
import { ioFailure } from './io-failure.ts';
import type { Sink } from './sink.ts';

const NAME = 'standard output';

/**
 * An archive into a stream, for pipes and tapes. Nothing can be taken back there: an archive that was aborted ends
 * without a seal.
 *
 * @throws Failure `usage` when the stream is a terminal.
 */
export class StreamSink implements Sink {
  readonly #stream: Writable;
  #position = 0;
  #error: Error | undefined;

  constructor(stream: Writable & { isTTY?: boolean } = process.stdout) {
    if (stream.isTTY) {
      throw new Failure('usage', 'standard output is a terminal, which cannot take an archive', {
        hints: ['redirect it, as in "export - > backup.tar", or give a file name'],
      });
    }
    this.#stream = stream;
    // A stream reports some errors without a write to blame; the next write or the commit tells of it.
    stream.on('error', error => {
      this.#error = error;
    });
  }

  get position(): number {
    return this.#position;
  }

  async expect(): Promise<void> {}

  async write(chunks: readonly Buffer[]): Promise<void> {
    for (const chunk of chunks) {
      if (chunk.length === 0) continue;
      await this.#pass(chunk);
      this.#position += chunk.length;
    }
  }

  async commit(): Promise<void> {
    if (this.#error !== undefined) throw ioFailure(this.#error, NAME);
  }

  async abort(): Promise<void> {}

  /** Resolves when the stream has let go of the chunk. */
  #pass(chunk: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(chunk, error => {
        if (error) reject(ioFailure(error, NAME));
        else resolve();
      });
    });
  }
}
