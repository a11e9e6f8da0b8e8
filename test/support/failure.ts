import { expect } from 'vitest';
import type { Outcome } from './program.ts';

/** Part of every credential in these tests: nothing that the program says may contain it. */
export const SECRET = 's3cret';

/**
 * How a run failed, as its reader sees it: the exit code and what stands from `error:` on, line by line.
 * Whatever the failure, there is no result on standard output, no stack trace and no credential.
 *
 * @param names what differs from run to run (folders, hosts), by what stands for it here.
 */
export function failureOf(
  { code, stdout, stderr }: Outcome,
  names: Readonly<Record<string, string>> = {},
): { code: number | null; says: string[] } {
  expect(stdout).toBe('');
  expectPresentable(stderr);
  const lines = named(stderr, names).trimEnd().split('\n');
  const start = lines.findIndex(line => line.startsWith('error: '));
  return { code, says: start < 0 ? lines : lines.slice(start) };
}

/** No stack trace, no credential, no bare object where words should be. */
export function expectPresentable(text: string): void {
  expect(text).not.toMatch(/^\s+at /m);
  expect(text).not.toMatch(/\[object |undefined|node:internal/);
  expect(text).not.toContain(SECRET);
}

export function named(text: string, names: Readonly<Record<string, string>>): string {
  return Object.entries(names).reduce((result, [name, value]) => result.replaceAll(value, name), text);
}
