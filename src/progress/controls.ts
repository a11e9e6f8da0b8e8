import type { Flow } from '../base/flow.ts';

/** What a person who watches a run can do to it. */
export interface Controls {
  /** How much is in flight; only of runs that can be paused. */
  readonly flow: Flow | undefined;
  /** Finishes what is under way, begins nothing further, and ends the run. */
  finish(): void;
  /** Ends the run at once; when it is ending already, the program. */
  abandon(): void;
  /** How to go on later, as far as that is known now: a sentence with the exact command. */
  wayOn(): string;
}
