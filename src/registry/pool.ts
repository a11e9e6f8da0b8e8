/** A part below this gets a buffer of its own, of its size: a large one would be held for little. */
const SMALL = 256 * 1024;

/** Buffers for parts, used again and again: to make and drop megabytes all the time costs more than to copy them. */
export class BufferPool {
  readonly #size: number;
  readonly #bound: number;
  readonly #free: Buffer[] = [];
  #taken = 0;

  /**
   * @param size the largest part, and the size of a buffer
   * @param bound what all buffers taken at a time may have, in bytes
   */
  constructor(size: number, bound: number) {
    this.#size = size;
    this.#bound = bound;
  }

  /** Whether a part can be taken now; always true when none is taken. */
  hasRoom(length: number): boolean {
    return this.#taken === 0 || this.#taken + this.#cost(length) <= this.#bound;
  }

  /** A buffer of this length, with anything in it. */
  take(length: number): Buffer {
    this.#taken += this.#cost(length);
    if (length <= SMALL) return Buffer.allocUnsafe(length);
    return (this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#size)).subarray(0, length);
  }

  giveBack(buffer: Buffer): void {
    this.#taken -= this.#cost(buffer.length);
    if (buffer.length > SMALL) this.#free.push(Buffer.from(buffer.buffer, 0, this.#size));
  }

  #cost(length: number): number {
    return length <= SMALL ? length : this.#size;
  }
}
