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
  /** The figures of the whole, in one line or two. */
  readonly figures: readonly string[];
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
export function layoutOf(snapshot: Snapshot, { columns, rows }: Room, separator: string): Layout {
  const width = widthOf(columns);
  const figures = figureLines(figuresOf(snapshot), ` ${separator} `, width);
  const parts = [
    1,
    snapshot.fraction === undefined ? 0 : 1,
    figures.length,
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
  // Above the whole, the transfers, the wave and the trouble.
  return { width, narrow: columns < NARROW, figures, transfers, waits, spaced: free >= 4 };
}

/** The figures joined where they fit; what was done and how fast it goes apart where they do not. */
function figureLines(figures: readonly string[], separator: string, width: number): string[] {
  const line = figures.join(separator);
  if (line.length <= width || figures.length < 2) return figures.length === 0 ? [] : [line];
  const first = figures.length > 3 ? 2 : 1;
  return [figures.slice(0, first).join(separator), figures.slice(first).join(separator)];
}
