import { homedir } from 'node:os';
import { join } from 'node:path';
import { ioFailure } from '../../archive/io-failure.ts';
import { Failure } from '../../base/errors.ts';

/** Shells know a home folder by its sign, and so do people. */
export function wholePath(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

/** What a field's file could not be read for, in place of the flag that names it elsewhere; anything else as it is. */
export function unreadable(error: unknown, path: string): unknown {
  const cause = error instanceof Failure ? error.cause : undefined;
  return cause instanceof Error && 'syscall' in cause ? ioFailure(cause, path) : error;
}
