/** Few things that many have, by number: in the order in which they were first met. */
export class Numbered<T> {
  readonly #all: T[] = [];
  readonly #numbers = new Map<T, number>();

  /** The number of one, which it gets now if it had none. */
  numberOf(one: T): number {
    const known = this.#numbers.get(one) ?? this.#all.push(one) - 1;
    this.#numbers.set(one, known);
    return known;
  }

  /** @param number one that was given out */
  at(number: number): T {
    return this.#all[number] as T;
  }
}
