/** Room to begin with; it doubles. */
const FIRST = 256;

/** A list of numbers in as few bytes as they need each: of millions, an array would take several times as much. */
class Numbers<A extends Int32Array | Uint16Array> {
  readonly #over: (bytes: ArrayBuffer) => A;
  #items: A;
  #length = 0;

  constructor(over: (bytes: ArrayBuffer) => A, bytesEach: number) {
    this.#over = over;
    this.#items = over(new ArrayBuffer(FIRST * bytesEach));
  }

  get length(): number {
    return this.#length;
  }

  /** Returns the place of what was added. */
  push(item: number): number {
    if (this.#length === this.#items.length) this.#grow();
    this.#items[this.#length] = item;
    return this.#length++;
  }

  /** 0 beyond the end. */
  at(place: number): number {
    return this.#items[place] ?? 0;
  }

  set(place: number, item: number): void {
    if (place < this.#length) this.#items[place] = item;
  }

  slice(start: number, end: number): number[] {
    return [...this.#items.subarray(start, Math.min(end, this.#length))];
  }

  /** All of them, as they are now, without a copy; gone when one more is added. */
  view(): A {
    return this.#items.subarray(0, this.#length) as A;
  }

  /** What was before is gone at once, and does not wait to be collected. */
  #grow(): void {
    const before = this.#items.buffer as ArrayBuffer;
    this.#items = this.#over(before.transfer(2 * before.byteLength));
  }
}

/** 32-bit integers. */
export class Ints extends Numbers<Int32Array> {
  constructor() {
    super(bytes => new Int32Array(bytes), Int32Array.BYTES_PER_ELEMENT);
  }
}

/** Numbers from 0 to 65,535: flags, and what there are few of. */
export class Shorts extends Numbers<Uint16Array> {
  constructor() {
    super(bytes => new Uint16Array(bytes), Uint16Array.BYTES_PER_ELEMENT);
  }
}
