import { reasonOf } from '../base/errors.ts';
import { printWarning } from './console.ts';
import type { Report } from './events.ts';
import type { Ending, Tally } from './tally.ts';

/** Shows a tally to somebody while a run lasts. */
export interface Printer {
  start(): void;
  /** Shows what is left to show of a tally that has ended, and leaves the stream to whoever comes next. */
  stop(): Promise<void>;
  /** Takes a view that holds the screen away; `start` shows it again. */
  pause?(): Promise<void>;
}

/** The printer of the run that is on, and its tally. */
let shown: Printer | undefined;
let tallied: Tally | undefined;

/** Reports to the run that is on, for what outlives the parts of a run: the archive that is read. */
export const tellAside: Report = event => tallied?.report(event);

/** Puts a question to whoever watches a run: its view makes room meanwhile. */
export async function aside<T>(question: () => Promise<T>): Promise<T> {
  const printer = shown?.pause === undefined ? undefined : shown;
  await printer?.pause?.();
  try {
    return await question();
  } finally {
    if (printer === shown) printer?.start();
  }
}

/** Gives the terminal back for whatever holds it while no run is on: a wizard. */
let held: (() => Promise<void>) | undefined;

/** Does work that holds the terminal, which is given back if the program ends abruptly meanwhile. */
export async function holding<T>(give: () => Promise<void>, work: () => Promise<T>): Promise<T> {
  held = give;
  try {
    return await work();
  } finally {
    held = undefined;
  }
}

/** Takes away what holds the screen, if anything does: something is told that ends the program. */
export async function leaveView(): Promise<void> {
  await held?.();
  const printer = shown;
  shown = undefined;
  tallied?.end('failed');
  if (printer !== undefined) await stop(printer);
}

/** Where a printer writes: standard error, or a test's stand-in for it. */
export interface TextStream {
  write(text: string): boolean;
}

/**
 * Runs the work with the printer around it, and ends the tally as the work ended.
 * @param signal when it is aborted, work that throws was interrupted and did not fail
 */
export async function show<T>(
  tally: Tally,
  printer: Printer,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  printer.start();
  shown = printer;
  tallied = tally;
  let ending: Ending = 'failed';
  try {
    const result = await work();
    ending = 'done';
    return result;
  } finally {
    if (ending === 'failed' && signal?.aborted) ending = 'interrupted';
    tally.end(ending);
    shown = undefined;
    tallied = undefined;
    await stop(printer);
  }
}

/** What the work came to stands, whatever becomes of its view: a finished backup is not failed by a broken terminal. */
async function stop(printer: Printer): Promise<void> {
  try {
    await printer.stop();
  } catch (error) {
    printWarning(`the view of the progress failed: ${reasonOf(error)}`);
  }
}
