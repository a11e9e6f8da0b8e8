/** `ok`, or how the program ends and what the message says (a regular expression). */
export type Expected = { ok: string } | { exit: number; message: string; why: string };

/** An archive, and what a reader must make of it. */
export interface Vector {
  expected: Expected;
  bytes: Buffer;
}

/** @param message a regular expression */
export function bad(bytes: Buffer, message: string, why: string, exit = 4): Vector {
  return { expected: { exit, message, why }, bytes };
}

export function good(bytes: Buffer, what: string): Vector {
  return { expected: { ok: what }, bytes };
}
