import type { Loss } from '../base/losses.ts';

/** The stretches of a run, in the order in which they happen; each command uses some. */
export type Phase =
  | 'connect'
  | 'list'
  | 'resolve'
  | 'preflight'
  | 'write'
  | 'read'
  | 'images'
  | 'resources'
  | 'verify'
  | 'finish';

/**
 * What the engines report: facts with numbers, never text for people beyond what a controller or server itself said.
 * Sizes are bytes, times are left to whoever listens.
 */
export type ProgressEvent =
  /** A new stretch begins; the one before it is over. */
  | { type: 'phase'; phase: Phase }
  /** Listing: how many objects of a kind so far; `done` with the last. */
  | { type: 'listed'; kind: string; objects: number; done: boolean }
  /** An image was read while planning; `of` is the number known so far and may grow. */
  | { type: 'resolved'; reference: string; of: number }
  /**
   * What this run will move, known before the first byte of it moves. `bytes` and `blobs` count each blob once,
   * however many images share it. `waves` is 0 when the run writes no objects to a cluster.
   */
  | { type: 'planned'; bytes: number; blobs: number; objects: number; images: number; waves: number }
  | { type: 'blob-started'; digest: string; bytes: number; for: string }
  /** `bytes` of this blob so far, not since the last event; it may fall when a part is sent again. */
  | { type: 'blob-progress'; digest: string; bytes: number }
  /** The whole blob is where it belongs, `bytes` is its size. */
  | { type: 'blob-done'; digest: string; bytes: number; how: 'moved' | 'present' | 'mounted' }
  /** The blob is given up; the loss that says why is an event of its own. */
  | { type: 'blob-failed'; digest: string }
  /** So many bytes of the archive are on its medium for certain, and not in the page cache only. */
  | { type: 'on-medium'; bytes: number }
  | { type: 'manifest-done'; reference: string }
  /** Waves count from 1. */
  | { type: 'wave-started'; wave: number; of: number; kinds: string[]; objects: number }
  | { type: 'object-done'; kind: string; name: string; how: ObjectOutcome }
  /**
   * Why the run stands still: which object, which condition, and what its controller says about it. Sent again
   * when the message or the count changes; `left` is how many objects the wave still waits for, this one included.
   */
  | { type: 'waiting'; subject: string; for: string; message?: string; left: number }
  | { type: 'waited'; subject: string }
  | { type: 'wave-done'; wave: number }
  /** A medium has let a read or a write wait for seconds, and it still waits; then it does no longer. */
  | { type: 'held'; subject: string }
  | { type: 'released'; subject: string }
  | { type: 'retry'; subject: string; reason: string; attempt: number; delayMs: number }
  | { type: 'note'; text: string }
  | { type: 'loss'; loss: Loss };

/** What became of an object; `started` comes on top of an earlier outcome of the same object. */
export type ObjectOutcome =
  | 'created'
  | 'completed'
  | 'unchanged'
  | 'updated'
  | 'differs'
  | 'skipped'
  | 'failed'
  | 'started'
  /** Of an undo. */
  | 'removed';

/** Where engines send their events. Cheap enough to be called for every segment. */
export type Report = (event: ProgressEvent) => void;
