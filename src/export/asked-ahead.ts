/** An answer that is older than this when it is wanted is asked for again. */
const FRESH_MS = 500;

/**
 * A question that takes its time, asked when its answer is soon wanted, and once more if that was too soon: what has
 * changed in a cluster takes a tenth of a second to find out, in which the last layers can come.
 */
export class AskedAhead<T> {
  readonly #ask: () => Promise<T>;
  readonly #now: () => number;
  #asked: { readonly at: number; readonly answer: Promise<T> } | undefined;

  constructor(ask: () => Promise<T>, now: () => number = () => performance.now()) {
    this.#ask = ask;
    this.#now = now;
  }

  /** The answer will soon be wanted. */
  begin(): void {
    if (this.#asked !== undefined) return;
    const answer = this.#ask();
    // It is looked at when it is wanted; until then its failure must not count as unhandled.
    answer.catch(() => undefined);
    this.#asked = { at: this.#now(), answer };
  }

  answer(): Promise<T> {
    const asked = this.#asked;
    return asked !== undefined && this.#now() - asked.at <= FRESH_MS ? asked.answer : this.#ask();
  }
}
