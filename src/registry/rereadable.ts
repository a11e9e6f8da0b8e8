import type { BlobBytes } from './registry.ts';

/** A blob's bytes on their way, as far as they can be had again. */
export interface Rereadable {
  /** Whether the bytes from this offset on can be read. */
  has(offset: number): boolean;
  /** Goes back to the beginning. False when that cannot be had any more. */
  rewind(): boolean;
  /** The bytes from an offset that {@link has} up to another one, or to the end. */
  read(from: number, to: number): AsyncIterable<Buffer>;
  /** Lets what follows pass, which is nothing unless the blob is longer than it should be. */
  end(): Promise<void>;
}

/** A blob's bytes from where all of them can be had: as far as they have been sent, and from the beginning. */
export class Sending implements Rereadable {
  readonly #bytes: BlobBytes;
  #sent = 0;

  constructor(bytes: BlobBytes) {
    this.#bytes = bytes;
  }

  has(offset: number): boolean {
    return offset <= this.#sent;
  }

  rewind(): boolean {
    return true;
  }

  async *read(from: number, to: number): AsyncGenerator<Buffer> {
    let at = from;
    for await (const piece of this.#bytes.read(from, to)) {
      at += piece.length;
      this.#sent = Math.max(this.#sent, at);
      yield piece;
    }
  }

  async end(): Promise<void> {}
}
