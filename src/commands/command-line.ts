import { resolve } from 'node:path';
import type { JsonObject } from '../base/object.ts';
import { isSubjectRule } from '../foundation/subjects.ts';
import { redact } from '../progress/redact.ts';
import { isKept } from './kept-flags.ts';
import { TOOL_NAME } from './names.ts';

/** Flags whose values are paths, which mean the same from another folder only when they are whole. */
const PATHS = new Set([
  'identity',
  'kubeconfig',
  'registry-ca',
  'certificate-authority',
  'client-certificate',
  'client-key',
  'subject-map',
  'base',
]);

function isPath(flag: string, value: string): boolean {
  return PATHS.has(flag) && !(flag === 'subject-map' && isSubjectRule(value));
}

/** A run's flags as they can be kept, and used again later from another folder: without credentials. */
export function keptFlags(flags: object): JsonObject {
  const kept = Object.entries(flags).flatMap(([name, value]) => {
    if (value === undefined || !isKept(name)) return [];
    const one = (item: unknown) =>
      typeof item === 'string' ? redact(isPath(name, item) ? resolve(item) : item) : item;
    return [[name, Array.isArray(value) ? value.map(one) : one(value)]];
  });
  return Object.fromEntries(kept);
}

/** The command line that says the same, ready for a shell. */
export function commandLine(words: readonly string[], flags: object = {}): string {
  const written = Object.entries(keptFlags(flags)).flatMap(([name, value]) => {
    const values = Array.isArray(value) ? value : [value];
    return values.flatMap(one => {
      if (typeof one === 'boolean') return [one ? `--${name}` : `--no-${name}`];
      return [`--${name}`, String(one)];
    });
  });
  return [TOOL_NAME, ...[...words, ...written].map(quoted)].join(' ');
}

function quoted(word: string): string {
  return /^[\w./:=@,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
