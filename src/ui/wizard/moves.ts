import type { Key } from './keys.ts';

/** Rows that a page key moves; the view shows at least so many on any terminal. */
const PAGE = 8;

const MOVES: Partial<Record<Key['name'], number>> = {
  up: -1,
  down: 1,
  pageUp: -PAGE,
  pageDown: PAGE,
  home: Number.NEGATIVE_INFINITY,
  end: Number.POSITIVE_INFINITY,
};

/** Where a key moves a cursor in a list of so many rows; undefined for keys that do not. */
export function moved(cursor: number, rows: number, key: Key): number | undefined {
  const by = MOVES[key.name];
  return by === undefined ? undefined : Math.max(0, Math.min(rows - 1, cursor + by));
}

/** The state with its list scrolled; undefined for keys that do not scroll. */
export function scrolledBy<S extends { readonly scroll: number }>(
  state: S,
  key: Key,
  rows: number,
): S | undefined {
  const scroll = moved(state.scroll, rows, key);
  return scroll === undefined ? undefined : { ...state, scroll };
}
