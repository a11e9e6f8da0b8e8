/** Room to begin with; it doubles. */
const FIRST = 256;

/** A list of 32-bit integers, in four bytes each: of millions, an array would take three times as much. */
export class Ints {
  #items = new Int32Array(FIRST);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Returns the place of what was added. */
  push(item: number): number {
    if (this.#length === this.#items.length) {
      const larger = new Int32Array(2 * this.#length);
      larger.set(this.#items);
      this.#items = larger;
    }
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

  /** All of them, as they are now, without a copy. */
  view(): Int32Array {
    return this.#items.subarray(0, this.#length);
  }
}
