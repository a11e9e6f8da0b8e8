import { homedir } from 'node:os';
import { join } from 'node:path';

/** Shells know a home folder by its sign, and so do people. */
export function wholePath(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}
