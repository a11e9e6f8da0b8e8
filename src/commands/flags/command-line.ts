import { resolve } from 'node:path';
import type { JsonObject } from '../../base/object.ts';
import { isSubjectRule } from '../../foundation/subjects.ts';
import { redact } from '../../progress/redact.ts';
import { columnsOf } from '../../progress/text.ts';
import { TOOL_NAME } from '../program/names.ts';
import { isKept } from './kept.ts';

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
  return commandPieces(words, flags).join(' ');
}

/**
 * Its pieces for a terminal of so many columns: set in, and broken where a shell takes it for one line all the same. The
 * terminal itself would break it within words.
 */
export function shownCommand(pieces: readonly string[], columns: number): string {
  // A shell of Windows has other signs for this, each its own.
  if (process.platform === 'win32') return `  ${pieces.join(' ')}`;
  const lines: string[] = [];
  let line = ' ';
  for (const piece of pieces) {
    if (line.trim() !== '' && columnsOf(`${line} ${piece} \\`) > columns) {
      lines.push(`${line} \\`);
      line = '   ';
    }
    line += ` ${piece}`;
  }
  return [...lines, line].join('\n');
}

/** The words of a command line; a flag and its value are one piece. */
export function commandPieces(words: readonly string[], flags: object): string[] {
  const written = Object.entries(keptFlags(flags)).flatMap(([name, value]) =>
    [value].flat().map(one => {
      if (typeof one === 'boolean') return one ? `--${name}` : `--no-${name}`;
      return `--${name} ${quoted(String(one))}`;
    }),
  );
  return [TOOL_NAME, ...words.map(quoted), ...written];
}

function quoted(word: string): string {
  return /^[\w./:=@,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
