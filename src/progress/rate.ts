/** Speed over the last seconds of something that only grows. Times are milliseconds. */
export class Rate {
  readonly #window: number;
  readonly #least: number;
  readonly #samples: { at: number; total: number }[] = [];

  /**
   * @param window how far back it looks, milliseconds
   * @param least for how long it must have looked to say anything, milliseconds
   */
  constructor(window: number, least: number) {
    this.#least = least;
    this.#window = window;
  }

  add(at: number, total: number): void {
    this.#samples.push({ at, total });
    // One sample at or before the window's edge stays, so that the window is always covered.
    while ((this.#samples[1]?.at ?? at) <= at - this.#window) this.#samples.shift();
  }

  get perSecond(): number | undefined {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.at - first.at < this.#least) return undefined;
    return ((last.total - first.total) * 1000) / (last.at - first.at);
  }
}

/** An estimate that is this much above what is shown cannot be kept. */
const BROKEN_RATIO = 1.5;
const BROKEN_SECONDS = 5;
/** How long it must be so before the estimate is withdrawn, and how long until another is given. Milliseconds. */
const PATIENCE = 5_000;
const SILENCE = 10_000;
/** How fast a shown estimate follows a better one: time to cover two thirds of the way, seconds. */
const EASE = 2;

/**
 * What is left, as a promise: while it is shown it only ever shrinks, faster when things go better and standing
 * still when they go worse. One that cannot be kept is withdrawn, never raised; a new one is given after a silence.
 */
export class Estimate {
  #shown: number | undefined;
  #at = 0;
  #brokenSince: number | undefined;
  #silentUntil = 0;

  /**
   * @param at the time, milliseconds
   * @param seconds what the present speed promises; undefined when there is no speed
   * @returns what to show, seconds
   */
  next(at: number, seconds: number | undefined): number | undefined {
    const elapsed = (at - this.#at) / 1000;
    this.#at = at;
    if (seconds === undefined || this.#isBroken(at, seconds)) this.#withdraw(at);
    else if (this.#shown === undefined) this.#shown = at < this.#silentUntil ? undefined : seconds;
    else if (seconds < this.#shown) this.#shown -= (this.#shown - seconds) * Math.min(1, elapsed / EASE);
    return this.#shown;
  }

  #isBroken(at: number, seconds: number): boolean {
    const kept = this.#shown === undefined || seconds <= this.#shown * BROKEN_RATIO + BROKEN_SECONDS;
    this.#brokenSince = kept ? undefined : (this.#brokenSince ?? at);
    return this.#brokenSince !== undefined && at - this.#brokenSince >= PATIENCE;
  }

  #withdraw(at: number): void {
    if (this.#shown !== undefined) this.#silentUntil = at + SILENCE;
    this.#shown = undefined;
    this.#brokenSince = undefined;
  }
}
