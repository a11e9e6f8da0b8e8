import { lasting, plural } from '../progress/format.ts';
import type { Snapshot } from '../progress/snapshot.ts';
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

/** What a panel shows, its most important lines last where there are too many, its first where it is help. */
export function panelLines({ keys: { panel }, steers: steered, messages }: Desk, rows: number): string[] {
  if (panel === undefined) return [];
  if (panel === 'log') return messages.length === 0 ? ['nothing was said yet'] : messages.slice(-rows);
  const known = KEYS.filter(({ steers }) => isKnown(steers, steered));
  return known.map(({ shown, meaning }) => `${shown.padEnd(10)} ${meaning}`).slice(0, rows);
}
