import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BENT } from './invalid-bytes.ts';
import { LYING_CONTENTS } from './invalid-contents.ts';
import { LYING_HEADERS } from './invalid-headers.ts';
import { OF_OTHER_KINDS } from './invalid-kinds.ts';
import { VALID } from './valid.ts';

/**
 * Makes the vectors: archives that a reader must take and ones that it must refuse. Vectors of a format version are
 * kept for ever; what is changed here is added, not replaced, once that version has been released.
 */
export const VECTORS = new Map([...VALID, ...OF_OTHER_KINDS, ...BENT, ...LYING_HEADERS, ...LYING_CONTENTS]);

/** What `expected.json` says: every vector by its file. */
export function expectations(): string {
  const table = Object.fromEntries([...VECTORS].map(([file, { expected }]) => [file, expected]));
  return `${JSON.stringify(table, undefined, 2)}\n`;
}

if (import.meta.main) {
  for (const [file, { bytes }] of VECTORS) await writeFile(join(import.meta.dirname, file), bytes);
  await writeFile(join(import.meta.dirname, 'expected.json'), expectations());
}
