import { type Choice, choiceOf, everything, type Node, rowsOf, scopeOf, toggle, treeOf } from './choice.ts';
import type { Key } from './keys.ts';
import { moved } from './moves.ts';
import type { Effect, Foundation } from './port.ts';
import type { Common } from './wizard.ts';

export interface ChooseState {
  readonly foundation: Foundation;
  readonly root: Node;
  readonly choice: Choice;
  readonly open: ReadonlySet<Node>;
  readonly filter: string;
  readonly rows: readonly Node[];
  readonly cursor: number;
  readonly effect: Effect;
  /** Shows what comes along and what stays out, in place of the tree. */
  readonly isExplaining: boolean;
}

/** A wizard in which something is chosen. */
interface Choosing extends Common {
  readonly choose: ChooseState | undefined;
}

export const CHOOSE_KEYS = 'Space take/leave   ← → fold   type to filter   Tab details   Enter go on';

/** What the flags chose, or all, is chosen at first, and the orgs are in view. */
export function chooseOf(foundation: Foundation): ChooseState {
  const whole = foundation.effect({ all: true, installation: true });
  const root = treeOf(foundation.branches, whole);
  const open = new Set([root]);
  const choice = choiceOf(foundation.initial, root);
  return {
    ...{ foundation, root, choice, open, filter: '', rows: rowsOf(root, open, ''), cursor: 0 },
    effect: foundation.effect(scopeOf(choice, root)),
    isExplaining: false,
  };
}

export function chooseKey<S extends Choosing>(state: S, key: Key): S | 'next' | undefined {
  const { choose } = state;
  if (choose === undefined) return undefined;
  if (key.name === 'enter') {
    if (choose.choice.size > 0) return 'next';
    return { ...state, trouble: { text: 'nothing is chosen', hints: ['Space takes what is marked'] } };
  }
  if (choose.isExplaining) {
    const closes = key.name === 'tab' || key.name === 'escape';
    if (closes) return { ...state, scroll: 0, choose: { ...choose, isExplaining: false } };
    const { brought, leftOut } = choose.effect;
    const scroll = moved(state.scroll, brought.length + leftOut.length + 4, key);
    return scroll === undefined ? state : { ...state, scroll };
  }
  if (key.name === 'tab') return { ...state, scroll: 0, choose: { ...choose, isExplaining: true } };
  if (key.name === 'escape' && choose.filter === '') return undefined;
  const next = inTree(choose, key);
  if (next === undefined) return undefined;
  return { ...state, trouble: undefined, choose: next };
}

function inTree(choose: ChooseState, key: Key): ChooseState | undefined {
  const { rows, cursor, choice, root, filter } = choose;
  const to = moved(cursor, rows.length, key);
  if (to !== undefined) return { ...choose, cursor: to };
  const node = rows[cursor];
  switch (key.name) {
    case 'text':
      if (key.text === ' ') return node === undefined ? choose : chosen(choose, toggle(choice, node));
      return filtered(choose, filter + key.text);
    case 'all':
      return chosen(choose, choice.has(root) ? new Set() : everything(root));
    case 'right':
      return node === undefined ? choose : unfold(choose, node);
    case 'left':
      return node === undefined ? choose : fold(choose, node);
    case 'backspace':
    case 'delete':
      return filtered(choose, [...filter].slice(0, -1).join(''));
    case 'escape':
    case 'clear':
      return filtered(choose, '');
    default:
      return undefined;
  }
}

function chosen(choose: ChooseState, choice: Choice): ChooseState {
  return { ...choose, choice, effect: choose.foundation.effect(scopeOf(choice, choose.root)) };
}

/** The cursor goes to the first that was found, or stays with what it was on when all is shown again. */
function filtered(choose: ChooseState, filter: string): ChooseState {
  if (filter === choose.filter) return choose;
  const { root, rows, cursor } = choose;
  const marked = rows[cursor];
  const open = filter === '' && marked !== undefined ? opened(choose.open, marked.parent) : choose.open;
  const next = rowsOf(root, open, filter);
  const sought = filter.toLowerCase();
  const found =
    filter === ''
      ? next.indexOf(marked ?? root)
      : next.findIndex(({ sought: name, depth }) => depth > 0 && name.includes(sought));
  return { ...choose, filter, open, rows: next, cursor: Math.max(0, found) };
}

function opened(open: ReadonlySet<Node>, from: Node | undefined): ReadonlySet<Node> {
  const next = new Set(open);
  for (let at = from; at !== undefined; at = at.parent) next.add(at);
  return next;
}

function unfold(choose: ChooseState, node: Node): ChooseState {
  if (choose.filter !== '' || node.children.length === 0) return choose;
  if (choose.open.has(node)) return { ...choose, cursor: choose.cursor + 1 };
  const open = new Set([...choose.open, node]);
  return { ...choose, open, rows: rowsOf(choose.root, open, '') };
}

/** Closes it, or goes to what it is in. */
function fold(choose: ChooseState, node: Node): ChooseState {
  if (choose.filter !== '') return choose;
  if (!choose.open.has(node)) {
    const above = node.parent === undefined ? 0 : choose.rows.indexOf(node.parent);
    return { ...choose, cursor: Math.max(0, above) };
  }
  const open = new Set(choose.open);
  open.delete(node);
  return { ...choose, open, rows: rowsOf(choose.root, open, '') };
}
