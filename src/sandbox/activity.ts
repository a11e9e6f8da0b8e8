/** What a restore must not cause, and what an installation does, worth proving afterwards. */
export type Deed =
  /** A BuildWorkload was made: an app is being staged. */
  | 'staged'
  /** A Job was made: a task runs. */
  | 'task-run'
  /** A manifest was deleted from the registry. */
  | 'image-deleted'
  /** A controller deleted an object that a user had made (a cleaner, an unmatched import). */
  | 'object-deleted'
  /** The garbage collector deleted an object whose owner is not there. */
  | 'collected';

/** One deed. */
export interface ActivityEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly deed: Deed;
  readonly subject: string;
}

/** What the foundation's controllers did, in order. */
export class ActivityLog {
  readonly #entries: ActivityEntry[] = [];

  record(deed: Deed, subject: string): void {
    this.#entries.push({ at: Date.now(), deed, subject });
  }

  get entries(): readonly ActivityEntry[] {
    return this.#entries;
  }

  of(deed: Deed): string[] {
    return this.#entries.filter(entry => entry.deed === deed).map(entry => entry.subject);
  }
}
