import type { KubeObject } from '../../base/object.ts';

/** Exponential: the first delay, doubled with every failure, up to the last. Milliseconds. */
export interface BackoffDelays {
  readonly first: number;
  readonly last: number;
}

interface Nap {
  failures: number;
  until: number;
  /** The object's spec and metadata, as far as they wake it. */
  version: string | undefined;
}

/** Which objects a rule leaves alone for now, since it failed on them. */
export class Backoff {
  readonly #naps = new Map<string, Nap>();
  readonly #delays: BackoffDelays;

  constructor(delays: BackoffDelays) {
    this.#delays = delays;
  }

  /** Asleep until its time has come or somebody writes the object. */
  asleep(key: string, object: KubeObject, now: number): boolean {
    const nap = this.#naps.get(key);
    return nap !== undefined && now < nap.until && nap.version === object.metadata.resourceVersion;
  }

  failed(key: string, object: KubeObject | undefined, now: number): void {
    const failures = (this.#naps.get(key)?.failures ?? 0) + 1;
    const delay = Math.min(this.#delays.first * 2 ** (failures - 1), this.#delays.last);
    this.#naps.set(key, { failures, until: now + delay, version: object?.metadata.resourceVersion });
  }

  succeeded(key: string): void {
    this.#naps.delete(key);
  }

  /** When the next sleeper wakes; undefined when none sleeps. */
  get next(): number | undefined {
    const times = [...this.#naps.values()].map(nap => nap.until);
    return times.length === 0 ? undefined : Math.min(...times);
  }
}
