import type { Flow } from '../base/flow.ts';

/** Long enough to see through the unevenness of a line, short enough to be done with it in the first second or two. */
const WINDOW_MS = 250;
/** What a larger number has to bring: less is noise. */
const GAIN = 1.1;
/** For so much of distance, one more transfer is under way from the start: then the line is full most of the time. */
const MS_PER_TRANSFER = 1.25;
/** Windows between two trials: lines and registries change. */
const REST = 40;

/**
 * Finds out how many transfers at a time help.
 * ```
 * at first: the farther away, the more
 * each WINDOW_MS: how many bytes passed?
 *   more than ever, by GAIN → half as many transfers again
 *   else                    → back to the number that was best, and no more trials for REST windows
 * ```
 * A far registry takes its time to answer, so that more requests bring more bytes; one on the same machine does not get
 * faster, and one that is busy even slower.
 */
export class Pace {
  readonly #flow: Flow;
  readonly #now: () => number;
  #best = { rate: 0, limit: 0 };
  #window: { since: number; bytes: number } | undefined;
  /** Windows until the next trial. */
  #rest = 0;

  /** @param distanceMs what an answer takes at least */
  constructor(flow: Flow, distanceMs = 0, now: () => number = () => performance.now()) {
    this.#flow = flow;
    this.#now = now;
    flow.suggest(Math.max(flow.limit, Math.round(distanceMs / MS_PER_TRANSFER)));
  }

  /** So many bytes have passed. */
  passed(bytes: number): void {
    const now = this.#now();
    this.#window ??= { since: now, bytes: 0 };
    this.#window.bytes += bytes;
    const elapsed = now - this.#window.since;
    if (elapsed < WINDOW_MS) return;
    this.#judge(this.#window.bytes / elapsed);
    this.#window = { since: now, bytes: 0 };
  }

  #judge(rate: number): void {
    if (this.#rest > 0) {
      this.#rest--;
      // The next window is then more than ever.
      if (this.#rest === 0) this.#best = { rate: 0, limit: this.#flow.limit };
    } else if (rate > this.#best.rate * GAIN) {
      this.#best = { rate, limit: this.#flow.limit };
      this.#flow.suggest(Math.ceil(this.#flow.limit * 1.5));
    } else {
      this.#flow.suggest(this.#best.limit);
      this.#rest = REST;
    }
  }
}
