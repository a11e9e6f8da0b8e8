import { figuresOf, retriesOf } from '../progress/describe.ts';
import type { Snapshot, WaitState } from '../progress/snapshot.ts';
import { foldTo } from '../progress/text.ts';
import type { Desk } from './desk.ts';
import { hintsOf, noticesOf, panelLines } from './words.ts';

/** Wider lines are harder to read, not more useful. */
const WIDEST = 120;
/** The part of the terminal's height that the live view may take. */
const SHARE = 2 / 3;
/** Below this many columns, small bars give way to the names beside them. */
const NARROW = 60;
const WAITS_SHOWN = 3;
/** Empty lines: above the whole, the transfers, the wave, the trouble and the notices. */
const AIR = 5;
/** The sign before a notice. */
const LEAD = 2;

export interface Room {
  readonly columns: number;
  readonly rows: number;
}

/** What of a snapshot fits the terminal, line by line. */
export interface Layout {
  readonly width: number;
  readonly narrow: boolean;
  readonly bar: boolean;
  /** What the person in front is asked or told, first of all. */
  readonly notices: readonly string[];
  /** What they wanted to see, in place of transfers and waits. */
  readonly panel: readonly string[] | undefined;
  readonly hint: string | undefined;
  /** A stall; what is lost and how often something was tried again. */
  readonly stall: boolean;
  readonly trouble: boolean;
  readonly wave: boolean;
  /** The figures of the whole, in one line or two. */
  readonly figures: readonly string[];
  /** Without their messages where those have no room. */
  readonly waits: readonly WaitState[];
  readonly transfers: Snapshot['transfers'];
  /** Empty lines between the parts. */
  readonly spaced: boolean;
}

/** The last column stays free: some terminals wrap when it is written. */
export function widthOf(columns: number): number {
  return Math.max(20, Math.min(columns - 1, WIDEST));
}

/** Gives the rows to what matters most, in the order in which they are taken here. */
export function layoutOf(snapshot: Snapshot, desk: Desk, { columns, rows }: Room, separator: string): Layout {
  const width = widthOf(columns);
  // One row is the phase line's.
  let free = Math.floor(rows * SHARE) - 1;
  const take = (wanted: number) => {
    const given = Math.max(0, Math.min(wanted, free));
    free -= given;
    return given;
  };
  const has = (wanted: boolean) => wanted && take(1) === 1;
  const notices = noticesOf(snapshot, desk)
    .flatMap(line => foldTo(line, width - LEAD))
    .filter(() => has(true));
  const hints = hintsOf(snapshot, desk);
  const hint = hintLine(hints, separator, width);
  const shownHint = has(hint !== undefined) ? hint : undefined;
  const { panel } = desk.keys;
  const isCalm = panel === undefined;
  const panelOf = () => panelLines(desk, { columns: width, rows: free }).filter(() => has(true));
  // Whoever needs help needs it whole; messages take what the run leaves them.
  const help = panel === 'help' ? panelOf() : undefined;
  return {
    width,
    narrow: columns < NARROW,
    notices,
    bar: has(snapshot.fraction !== undefined),
    stall: has(snapshot.stall !== undefined),
    trouble: has(snapshot.losses > 0 || retriesOf(snapshot) !== undefined),
    wave: has(snapshot.wave !== undefined),
    figures: figureLines(figuresOf(snapshot), separator, width).filter(() => has(true)),
    hint: shownHint,
    panel: panel === 'log' ? panelOf() : help,
    waits: (isCalm ? snapshot.waits : []).slice(0, WAITS_SHOWN).flatMap(wait => {
      if (!has(true)) return [];
      return has(wait.message !== '') ? [wait] : [{ ...wait, message: '' }];
    }),
    transfers: (isCalm ? snapshot.transfers : []).filter(() => has(true)),
    spaced: take(AIR) === AIR,
  };
}

/** The figures joined where they fit; what was done and how fast it goes apart where they do not. */
function figureLines(figures: readonly string[], separator: string, width: number): string[] {
  const line = figures.join(separator);
  if (line.length <= width || figures.length < 2) return figures.length === 0 ? [] : [line];
  const first = figures.length > 3 ? 2 : 1;
  return [figures.slice(0, first).join(separator), figures.slice(first).join(separator)];
}

/** As many keys as fit, the last ones first: how to get help and how to stop. */
function hintLine(hints: readonly string[], separator: string, width: number): string | undefined {
  let shown = hints;
  while (shown.join(separator).length > width) shown = shown.slice(1);
  return shown.length === 0 ? undefined : shown.join(separator);
}
