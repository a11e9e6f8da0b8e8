import { StatusError } from './status-error.ts';

const LONGEST_DELAY_MS = 5_000;

/** What the server's own controllers do later, after some pause and once for many reasons. */
export class Background {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #delayMs: number;
  #stopped = false;
  /** How much waits for its first try, or is under way in it. */
  #due = 0;
  /** Told when nothing is due any more. */
  #resting: (() => void)[] = [];

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** Runs the work after the delay, unless work of this name is waiting already; again, when the API refuses it. */
  later(name: string, work: () => Promise<void>): void {
    if (this.#stopped || this.#timers.has(name)) return;
    this.#due += 1;
    this.#schedule(this.#delayMs, name, async delayMs => {
      await this.#try(name, work, delayMs);
      this.#due -= 1;
      if (this.#due === 0) this.#rest();
    });
  }

  /** Waits until nothing is due but what the API has refused before; false when nothing was. */
  async rest(): Promise<boolean> {
    if (this.#due === 0) return false;
    await new Promise<void>(resolve => this.#resting.push(resolve));
    return true;
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#due = 0;
    this.#rest();
  }

  #rest(): void {
    for (const told of this.#resting.splice(0)) told();
  }

  #schedule(delayMs: number, name: string, run: (delayMs: number) => Promise<void>): void {
    if (this.#stopped || this.#timers.has(name)) return;
    const start = () => {
      this.#timers.delete(name);
      void run(delayMs);
    };
    this.#timers.set(name, setTimeout(start, delayMs).unref());
  }

  async #try(name: string, work: () => Promise<void>, delayMs: number): Promise<void> {
    try {
      await work();
    } catch (error) {
      // A webhook may be down or another writer faster, as for a real controller.
      if (!(error instanceof StatusError)) throw error;
      if (error.code === 404) return;
      this.#schedule(Math.min(2 * delayMs, LONGEST_DELAY_MS), name, again => this.#try(name, work, again));
    }
  }
}
