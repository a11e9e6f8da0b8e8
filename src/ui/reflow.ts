import { columnsOf } from '../progress/text.ts';

/** Whether a terminal that becomes narrower breaks the lines that it shows: nearly all do, but not these. */
export function reflows({ TERM = '', XTERM_VERSION, TMUX }: NodeJS.ProcessEnv): boolean {
  const isScreen = TERM.startsWith('screen') && TMUX === undefined;
  return TERM !== 'linux' && XTERM_VERSION === undefined && !isScreen;
}

/** How many rows more such lines take where there are only so many columns. */
export function rowsGained(lines: readonly string[], columns: number): number {
  return lines.reduce((sum, line) => sum + Math.max(0, Math.ceil(columnsOf(line) / columns) - 1), 0);
}

const [ERASE_LINE, UP] = ['\u001b[2K', '\u001b[1A'];

/** Clears so many rows from the cursor's upwards, and leaves the cursor in the row above them. */
export function eraseRows(rows: number): string {
  return (ERASE_LINE + UP).repeat(rows);
}
