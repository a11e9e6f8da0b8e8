import type { Printer } from '../printer.ts';

/** Shows nothing. */
export const NO_PRINTER: Printer = {
  start() {},
  async stop() {},
};
