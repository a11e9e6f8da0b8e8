import { TRANSFERS_IN_FLIGHT } from './limits.ts';

/**
 * How many transfers a run has in flight, and whether it may begin further ones. A person's keys and `--concurrency`
 * drive it from one side; whatever fetches and sends looks at it from the other, before each request. A part that is
 * under way is never stopped by it, since servers and proxies close connections that are left half-used; of an answer that
 * brings many parts the rest waits, and is asked for again should that happen.
 */
export class Flow {
  /** What {@link limit} may be raised to. */
  readonly most: number;
  #limit: number;
  #byHand = false;
  #resumed: PromiseWithResolvers<void> | undefined;

  /**
   * @param first transfers in flight to begin with
   * @param most what a person allows at most
   */
  constructor(first: number, most: number = TRANSFERS_IN_FLIGHT) {
    this.most = most;
    this.#limit = Math.min(first, most);
  }

  /** Transfers that may be in flight now. */
  get limit(): number {
    return this.#limit;
  }

  get isPaused(): boolean {
    return this.#resumed !== undefined;
  }

  /** A person wants one more; from now on their word counts and not what was found out. */
  raise(): void {
    this.#byHand = true;
    this.#set(this.#limit + 1);
  }

  /** A person wants one less. */
  lower(): void {
    this.#byHand = true;
    this.#set(this.#limit - 1);
  }

  /** What helps, as far as was found out from how the transfers go. */
  suggest(limit: number): void {
    if (!this.#byHand) this.#set(limit);
  }

  pause(): void {
    this.#resumed ??= Promise.withResolvers();
  }

  resume(): void {
    this.#resumed?.resolve();
    this.#resumed = undefined;
  }

  /** Resolves when something may begin: at once, or after a pause. Rejects with the signal's reason. */
  async turn(signal?: AbortSignal): Promise<void> {
    while (this.#resumed !== undefined) {
      const aborted = Promise.withResolvers<never>();
      const abort = () => aborted.reject(signal?.reason);
      signal?.throwIfAborted();
      signal?.addEventListener('abort', abort, { once: true });
      try {
        await Promise.race([this.#resumed.promise, aborted.promise]);
      } finally {
        signal?.removeEventListener('abort', abort);
      }
    }
  }

  #set(limit: number): void {
    this.#limit = Math.max(1, Math.min(limit, this.most));
  }
}
