import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { isAlive } from './process.ts';

/*
 * Who holds something that one run at a time may have: `alice@laptop/4711/<machine>/<this run>`. Whoever finds it held
 * can tell by it whether the holder is a process of this very machine that is gone.
 */

/** A name for this run, another one every time. */
export function holderName(): string {
  return `${userName()}@${hostname()}/${process.pid}/${machine()}/${randomUUID().slice(0, 8)}`;
}

/** `alice@laptop` */
export function whoHolds(holder: string): string {
  const [who = ''] = holder.split('/');
  return who === '' ? 'somebody' : who;
}

/** Whether the holder was a process of this very machine that is gone. */
export function isGone(holder: string): boolean {
  const [, pid, where] = holder.split('/');
  if (where === undefined || where === '' || where !== machine()) return false;
  return !isAlive(Number(pid));
}

/** This boot of this machine and, where there are several, its space of process numbers; empty where that cannot be told. */
function machine(): string {
  try {
    const parts = [
      hostname(),
      readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      readlinkSync('/proc/self/ns/pid'),
    ];
    return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12);
  } catch {
    return '';
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'somebody';
  }
}
