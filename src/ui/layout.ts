import { figuresOf } from '../progress/describe.ts';
import type { Snapshot } from '../progress/snapshot.ts';

/** Wider lines are harder to read, not more useful. */
const WIDEST = 120;
/** The part of the terminal's height that the live view may take. */
const SHARE = 2 / 3;
/** Below this many columns, small bars give way to the names beside them. */
const NARROW = 60;
const WAITS_SHOWN = 3;

export interface Room {
  readonly columns: number;
  readonly rows: number;
}

/** What of a snapshot fits the terminal. */
export interface Layout {
  readonly width: number;
  readonly narrow: boolean;
  readonly transfers: number;
  readonly waits: number;
  /** Empty lines between the parts. */
  readonly spaced: boolean;
}

/** The last column stays free: some terminals wrap when it is written. */
export function widthOf(columns: number): number {
  return Math.max(20, Math.min(columns - 1, WIDEST));
}

/** Gives the rows to what matters most: the whole, the wave and what it waits for, trouble, transfers, air. */
export function layoutOf(snapshot: Snapshot, { columns, rows }: Room): Layout {
  const width = widthOf(columns);
  const parts = [
    1,
    snapshot.fraction === undefined ? 0 : 1,
    figuresOf(snapshot).length === 0 ? 0 : 1,
    snapshot.wave === undefined ? 0 : 1,
    snapshot.stall === undefined ? 0 : 1,
    snapshot.retries === undefined && snapshot.losses === 0 ? 0 : 1,
  ];
  let free = Math.floor(rows * SHARE) - parts.reduce((sum, part) => sum + part, 0);
  const waits = snapshot.waits.slice(0, WAITS_SHOWN).filter(wait => {
    const needs = wait.message === '' ? 1 : 2;
    if (needs > free) return false;
    free -= needs;
    return true;
  }).length;
  const transfers = Math.max(0, Math.min(snapshot.transfers.length, free));
  free -= transfers;
  // Above the whole, above the transfers, above the wave.
  return { width, narrow: columns < NARROW, transfers, waits, spaced: free >= 3 };
}
