import type { KubeObject } from '../../base/object.ts';

/** Exponential: the first delay, doubled with every failure, up to the last. Milliseconds. */
export interface BackoffDelays {
  readonly first: number;
  readonly last: number;
}

interface Failing {
  readonly failures: number;
  readonly until: number;
  /** The object's resourceVersion: a write to it ends the pause. */
  readonly version: string | undefined;
  readonly reason: string;
}

/** What rules failed on, and until when they leave it alone. */
export class Backoff {
  #failing = new Map<string, Failing>();
  readonly #delays: BackoffDelays;

  constructor(delays: BackoffDelays) {
    this.#delays = delays;
  }

  /** Asleep until its time has come or somebody writes the object. */
  asleep(key: string, object: KubeObject, now: number): boolean {
    const failing = this.#failing.get(key);
    return (
      failing !== undefined && now < failing.until && failing.version === object.metadata.resourceVersion
    );
  }

  failed(key: string, object: KubeObject | undefined, reason: string, now: number): void {
    const failures = (this.#failing.get(key)?.failures ?? 0) + 1;
    const delay = Math.min(this.#delays.first * 2 ** (failures - 1), this.#delays.last);
    const version = object?.metadata.resourceVersion;
    this.#failing.set(key, { failures, until: now + delay, version, reason });
  }

  succeeded(key: string): void {
    this.#failing.delete(key);
  }

  /** Forgets all others: they are not there any more. */
  keep(keys: ReadonlySet<string>): void {
    this.#failing = new Map([...this.#failing].filter(([key]) => keys.has(key)));
  }

  /** When the next sleeper wakes. */
  get next(): number {
    return Math.min(...[...this.#failing.values()].map(({ until }) => until));
  }

  /** What fails and why, a line each. */
  get reasons(): string[] {
    return [...this.#failing].map(([key, { reason }]) => `${key}: ${reason}`);
  }
}
