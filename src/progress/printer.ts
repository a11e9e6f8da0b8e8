import type { Ending, Tally } from './tally.ts';

/** Shows a tally to somebody while a run lasts. */
export interface Printer {
  start(): void;
  /** Tells how the run ended, shows what is left to show, and leaves the stream to whoever comes next. */
  stop(ending: Ending): Promise<void>;
}

/** Where a printer writes: standard error, or a test's stand-in for it. */
export interface TextStream {
  write(text: string): boolean;
}

/** Runs the work with the printer around it, and tells the printer how it ended. */
export async function show<T>(tally: Tally, printer: Printer, work: () => Promise<T>): Promise<T> {
  printer.start();
  try {
    const result = await work();
    await printer.stop('done');
    return result;
  } catch (error) {
    await printer.stop(tally.ending ?? 'failed');
    throw error;
  }
}
