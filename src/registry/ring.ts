/** Where a part lies in the memory. */
interface Taken {
  readonly start: number;
  readonly end: number;
}

/**
 * Memory for parts of blobs, taken and given back in the same order, and used again and again: to make and drop
 * megabytes all the time costs more than to copy them. Threads share it, so that one of them can hash what another
 * fills and writes.
 * ```
 * ······[first][…][last]······   the next one goes behind the last one, or, when there is no room, to the beginning
 * […][last]······[first][…]···   the next one goes before the first one
 * ```
 */
export class Ring {
  readonly #bytes: number;
  readonly #taken: Taken[] = [];
  #memory: SharedArrayBuffer | undefined;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** A buffer with anything in it; undefined when there is no room until some are given back. */
  take(length: number): Buffer | undefined {
    const start = this.#place(length);
    if (start === undefined) return undefined;
    this.#taken.push({ start, end: start + length });
    this.#memory ??= new SharedArrayBuffer(this.#bytes);
    return Buffer.from(this.#memory, start, length);
  }

  /** Of all that are taken, the one that was first. */
  giveBackFirst(): void {
    this.#taken.shift();
  }

  #place(length: number): number | undefined {
    const first = this.#taken[0];
    const last = this.#taken.at(-1);
    if (first === undefined || last === undefined) return length <= this.#bytes ? 0 : undefined;
    if (last.start < first.start) return last.end + length <= first.start ? last.end : undefined;
    if (last.end + length <= this.#bytes) return last.end;
    return length <= first.start ? 0 : undefined;
  }
}
