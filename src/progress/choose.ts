import type { Controls } from './controls.ts';
import type { Printer } from './printer.ts';
import { InkPrinter } from './printers/ink.ts';
import { JsonPrinter } from './printers/json.ts';
import { NO_PRINTER } from './printers/none.ts';
import { PlainPrinter } from './printers/plain.ts';
import type { Tally } from './tally.ts';

/** The values of `--progress`. */
export const PROGRESS_MODES = ['auto', 'ink', 'plain', 'json', 'none'] as const;
/** One of {@link PROGRESS_MODES}. */
export type ProgressMode = (typeof PROGRESS_MODES)[number];

/** What decides how a run is shown. */
export interface PrinterChoice {
  mode: ProgressMode;
  /** Nothing but errors and results; only JSON lines, which were asked for by name, are still written. */
  quiet: boolean;
  /** Standard error. */
  stream: NodeJS.WriteStream;
  env: NodeJS.ProcessEnv;
  /** The tally's clock. */
  now: () => number;
  controls: Controls;
}

/** The printer for a run: what was asked for, or the live view where one can be watched and lines elsewhere. */
export function createPrinter(
  tally: Tally,
  { mode, quiet, stream, env, now, controls }: PrinterChoice,
): Printer {
  if (mode === 'json') return new JsonPrinter(tally, stream, now);
  if (mode === 'none' || quiet) return NO_PRINTER;
  if (mode === 'plain' || !canBeWatched(stream, env, mode)) return new PlainPrinter(tally, stream, now);
  return new InkPrinter(tally, { stream, env, now, controls });
}

/** A live view needs a terminal that can move its cursor; when asked for by name it is shown in CI too. */
export function canBeWatched(
  stream: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv,
  mode: ProgressMode,
): boolean {
  if (!stream.isTTY || env.TERM === 'dumb') return false;
  return mode === 'ink' || !isOn(env.CI);
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}
