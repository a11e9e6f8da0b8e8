/** To show takes at most so much of the time: on a slow machine or terminal there are fewer snapshots. */
const SHARE = 1 / 60;
/** In milliseconds: a view that stands still longer looks dead. */
const LONGEST_INTERVAL = 500;

/** A snapshot that is taken anew at an interval, however many events there are, as an external store of React. */
export class SnapshotStore<Snapshot> {
  readonly #sample: () => Snapshot;
  readonly #interval: number;
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #snapshot: Snapshot;
  #isClosed = false;

  /** @param interval milliseconds between two snapshots, at least */
  constructor(sample: () => Snapshot, interval: number) {
    this.#sample = sample;
    this.#interval = interval;
    this.#snapshot = sample();
    this.#plan(interval);
  }

  readonly get = (): Snapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  refresh(): void {
    const began = performance.now();
    this.#snapshot = this.#sample();
    for (const listener of this.#listeners) listener();
    // React renders in a microtask, which is before this one.
    queueMicrotask(() => this.#plan((performance.now() - began) / SHARE));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #plan(wanted: number): void {
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    const interval = Math.max(this.#interval, Math.min(wanted, LONGEST_INTERVAL));
    this.#timer = setTimeout(() => this.refresh(), interval);
    this.#timer.unref();
  }
}
