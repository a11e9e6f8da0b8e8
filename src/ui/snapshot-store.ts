/** A snapshot that is taken anew at an interval, however many events there are, as an external store of React. */
export class SnapshotStore<Snapshot> {
  readonly #sample: () => Snapshot;
  readonly #timer: NodeJS.Timeout;
  readonly #listeners = new Set<() => void>();
  #snapshot: Snapshot;

  /** @param interval milliseconds between two snapshots */
  constructor(sample: () => Snapshot, interval: number) {
    this.#sample = sample;
    this.#snapshot = sample();
    this.#timer = setInterval(() => this.refresh(), interval);
    this.#timer.unref();
  }

  readonly get = (): Snapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  refresh(): void {
    this.#snapshot = this.#sample();
    for (const listener of this.#listeners) listener();
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
