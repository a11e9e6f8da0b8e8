import { readFileSync } from 'node:fs';

/** The clock may have been set since then, and numbers of processes are not given again so soon. */
const SLACK_MS = 60_000;
/** USER_HZ, in which Linux tells times of processes whatever it counts in itself. */
const TICKS_A_SECOND = 100;
/** Fields of /proc/PID/stat after the name, which may hold anything: proc_pid_stat(5). */
const STATE = 0;
const STARTED = 19;

/**
 * Whether the process is still there that had this number at a time, milliseconds since the epoch. A number is given again
 * after a reboot or a while; a process that is dead and not yet taken note of (a zombie) is gone. Where only the number can
 * be looked at, that decides.
 */
export function isAlive(pid: number, at?: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const facts = factsOf(pid);
  if (facts === undefined) return true;
  return !facts.isDead && (at === undefined || facts.startedAt <= at + SLACK_MS);
}

function factsOf(pid: number): { isDead: boolean; startedAt: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [, booted] = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1')) ?? [];
    const startedAt = (Number(booted) + Number(fields[STARTED]) / TICKS_A_SECOND) * 1000;
    if (Number.isNaN(startedAt)) return undefined;
    return { isDead: ['Z', 'X'].includes(fields[STATE] ?? ''), startedAt };
  } catch {
    return undefined;
  }
}
