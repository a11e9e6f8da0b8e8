import type { Printer } from '../printer.ts';
import type { Tally } from '../tally.ts';

/** Shows nothing. */
export function nonePrinter(tally: Tally): Printer {
  return {
    start() {},
    async stop(ending) {
      tally.end(ending);
    },
  };
}
