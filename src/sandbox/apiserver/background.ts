import { StatusError } from './status-error.ts';

const LONGEST_DELAY_MS = 5_000;

/** What the server's own controllers do later, after some pause and once for many reasons. */
export class Background {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #delayMs: number;
  #stopped = false;

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** Runs the work after the delay, unless work of this name is waiting already; again, when the API refuses it. */
  later(name: string, work: () => Promise<void>, delayMs = this.#delayMs): void {
    if (this.#stopped || this.#timers.has(name)) return;
    this.#timers.set(name, setTimeout(() => void this.#run(name, work, delayMs), delayMs).unref());
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  async #run(name: string, work: () => Promise<void>, delayMs: number): Promise<void> {
    this.#timers.delete(name);
    try {
      await work();
    } catch (error) {
      // A webhook may be down or another writer faster, as for a real controller.
      if (!(error instanceof StatusError)) throw error;
      if (error.code !== 404) this.later(name, work, Math.min(2 * delayMs, LONGEST_DELAY_MS));
    }
  }
}
