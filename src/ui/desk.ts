import type { KeyState } from './keys.ts';

/** The person in front of a view: what their keys have come to, and what they may be told. */
export interface Desk {
  readonly keys: KeyState;
  /** Whether keys are taken at all. */
  readonly isWatched: boolean;
  /** Whether the run can be paused; whether its transfers can be more or fewer too. */
  readonly steers: 'nothing' | 'pause' | 'all';
  /** How to go on later. */
  readonly wayOn: string;
  /** The last messages, the latest last. */
  readonly messages: readonly string[];
}
