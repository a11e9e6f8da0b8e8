import { lasting, plural } from '../progress/format.ts';
import type { Snapshot } from '../progress/snapshot.ts';
import { foldHanging, foldTo } from '../progress/text.ts';
import type { Desk } from './desk.ts';
import { isKnown, KEYS } from './keys.ts';

/** What a person has to know before anything else: what they are asked, or what their keys have set going. */
export function noticesOf({ paused }: Snapshot, { keys, wayOn }: Desk): string[] {
  switch (keys.stop) {
    case 'asked':
      return [
        'stop? y: finish what is under way, then stop; Ctrl-C: stop at once; any other key: go on',
        `continue later: ${wayOn}`,
      ];
    case 'finishing':
      return ['finishing what is under way, then stopping; Ctrl-C: stop at once', `continue later: ${wayOn}`];
    case 'abandoned':
      return ['stopping; Ctrl-C once more ends the program as it is'];
    default:
      return paused === undefined
        ? []
        : [`paused for ${lasting(paused)}: nothing further begins until p is pressed again`];
  }
}

/** The keys that matter now, for the line below everything. */
export function hintsOf({ limit }: Snapshot, { steers, isWatched, keys }: Desk): string[] {
  if (!isWatched || keys.stop !== undefined) return [];
  const pausing = steers === 'nothing' ? [] : ['p pause'];
  const counting = steers === 'all' && limit !== undefined ? [`+/- ${plural(limit, 'transfer')}`] : [];
  return [...pausing, ...counting, 'l log', '? help', 'q stop'];
}

/** Columns of a key as it is called, and of the space behind it. */
const KEY = 11;
/** What is left of a message after its first line stands under it, but for this. */
const INDENT = 2;

/** What a panel shows, folded: of messages the last, of help as much of each key as there is room for. */
export function panelLines(
  { keys: { panel }, steers: steered, messages }: Desk,
  { columns, rows }: { readonly columns: number; readonly rows: number },
): string[] {
  if (panel === undefined) return [];
  if (panel === 'log') {
    if (messages.length === 0) return ['nothing was said yet'];
    return messages.flatMap(message => foldHanging(message, columns, INDENT)).slice(-rows);
  }
  const known = KEYS.filter(({ steers }) => isKnown(steers, steered));
  const told = (text: 'meaning' | 'brief') =>
    known.flatMap(key =>
      foldTo(key[text], columns - KEY).map((line, nth) => (nth === 0 ? key.shown : '').padEnd(KEY) + line),
    );
  const whole = told('meaning');
  return whole.length <= rows ? whole : told('brief').slice(0, rows);
}
