import { READ_BYTES } from '../base/limits.ts';

/**
 * Buffers that an archive is read into, used again and again: a fresh one for each read costs more than the read, and
 * would stay in memory until it is collected. A buffer is free again when every piece of it that was lent has been
 * given back; one of which a piece is kept is never used again, and goes when the piece goes.
 */
export class ReadBuffers {
  readonly #free: Buffer[] = [];
  /** Pieces of a buffer that are out. Weak, so that what is never given back is forgotten. */
  readonly #lent = new WeakMap<ArrayBufferLike, number>();

  /** Lets go of all that are free: nothing more will be read for long. */
  forget(): void {
    this.#free.length = 0;
  }

  /** A buffer to read into, which counts as one piece of itself. */
  take(): Buffer {
    const buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES);
    this.#lent.set(buffer.buffer, 1);
    return buffer;
  }

  /** Notes that a further piece is out. Buffers from elsewhere are nobody's concern, here and in {@link giveBack}. */
  lend({ buffer }: Buffer): void {
    const lent = this.#lent.get(buffer);
    if (lent !== undefined) this.#lent.set(buffer, lent + 1);
  }

  /** Once for each piece: what is in it may change from now on. */
  giveBack({ buffer }: Buffer): void {
    const lent = this.#lent.get(buffer);
    if (lent === undefined) return;
    if (lent > 1) {
      this.#lent.set(buffer, lent - 1);
      return;
    }
    this.#lent.delete(buffer);
    this.#free.push(Buffer.from(buffer));
  }
}
