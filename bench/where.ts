import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** What Linux keeps in memory. */
const MEMORY = '/dev/shm';
/** The largest set: an archive of 10 GiB, and the servers. */
const NEEDED_BYTES = 12 * 1024 ** 3;

/**
 * Where everything goes that is measured: into memory, unless `TMPDIR` says otherwise or it has no room. An export makes
 * its file durable and its peers do not, so that on most disks the disk would be measured, and not the programs.
 */
export function filesInMemory(): string {
  if (process.env.TMPDIR === undefined && hasRoom()) process.env.TMPDIR = MEMORY;
  return tmpdir() === MEMORY ? 'memory' : tmpdir();
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= NEEDED_BYTES;
  } catch {
    return false;
  }
}
