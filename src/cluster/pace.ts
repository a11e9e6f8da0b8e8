/** One more at a time for every so many answers in a row; half as many after a refusal. */
const ANSWERS_FOR_ONE_MORE = 20;

/**
 * How many requests are under way at one API server. Its flow control says 429 when they are too many; asking again
 * later by itself keeps the number, so that all of them come back: fewer are sent until it is content, then slowly more.
 */
export class Pace {
  readonly #most: number;
  #limit: number;
  #underWay = 0;
  #answers = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
    this.#limit = most;
  }

  /** Requests that may be under way now. */
  get limit(): number {
    return this.#limit;
  }

  /** Runs a request when it is its turn. @param isRefused whether its outcome is that there were too many */
  async take<T>(request: () => Promise<T>, isRefused: (outcome: T) => boolean): Promise<T> {
    while (this.#underWay >= this.#limit) await new Promise<void>(resolve => this.#waiting.push(resolve));
    this.#underWay++;
    try {
      const outcome = await request();
      if (isRefused(outcome)) this.#slower();
      else this.#faster();
      return outcome;
    } finally {
      this.#underWay--;
      this.#next();
    }
  }

  #slower(): void {
    this.#answers = 0;
    this.#limit = Math.max(1, Math.floor(this.#limit / 2));
  }

  #faster(): void {
    if (this.#limit === this.#most || ++this.#answers < ANSWERS_FOR_ONE_MORE) return;
    this.#answers = 0;
    this.#limit++;
    this.#next();
  }

  #next(): void {
    if (this.#underWay < this.#limit) this.#waiting.shift()?.();
  }
}
