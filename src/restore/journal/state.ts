import { hostname } from 'node:os';
import { isAlive } from '../../base/process.ts';
import type { Journal } from './journal.ts';

/** Where a restore stands, by its journal. */
export type JournalState =
  | 'running'
  | 'interrupted'
  | 'failed'
  | 'losses'
  | 'done'
  /** Everything that it made is gone again, but for what had to stay. */
  | 'undone'
  /** An undo did not come to its end. */
  | 'half undone';

/** What can be said of a journal without looking at the cluster. */
export function stateOf(journal: Journal): JournalState {
  if (isRunning(journal)) return 'running';
  const { ended } = journal;
  const undoing = journal.sessions.at(-1)?.work === 'undo';
  if (undoing) return ended?.how === 'done' || ended?.how === 'losses' ? 'undone' : 'half undone';
  return ended?.how ?? 'interrupted';
}

/** Whether its last session still works; of other machines that cannot be told, and nothing is claimed. */
function isRunning({ sessions, ended }: Journal): boolean {
  const last = sessions.at(-1);
  if (ended !== undefined || last === undefined || last.host !== hostname()) return false;
  return last.pid !== process.pid && isAlive(last.pid, Date.parse(last.at));
}
