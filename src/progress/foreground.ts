import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Whether this process belongs to the job that its terminal is in front of. A job in the background that asked for
 * keys would be stopped by the kernel (SIGTTOU), and one that draws would draw over the shell.
 */
export function isInForeground(): boolean {
  if (process.platform === 'win32') return true;
  if (process.platform === 'linux') return inForeground(readFileSync('/proc/self/stat', 'latin1'));
  try {
    const state = execFileSync('ps', ['-o', 'stat=', '-p', String(process.pid)], { encoding: 'latin1' });
    return state.includes('+');
  } catch {
    // No ps, or a strange one: most programs are in the foreground.
    return true;
  }
}

/** Of a line of /proc/PID/stat (proc_pid_stat(5)); a process without a terminal of its own is in nobody's background. */
export function inForeground(stat: string): boolean {
  // The second field, the program's name, may hold spaces and brackets.
  const [, , group, , , inFront] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(inFront) <= 0 || group === inFront;
}
