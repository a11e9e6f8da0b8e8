import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** A program with its arguments, started without a shell. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where standard output goes; nowhere by default. */
  readonly output?: string;
}

/** What running one or several commands cost. */
export interface Cost {
  readonly seconds: number;
  /** The most memory that one of the processes had resident at a time, in bytes; 0 where there is no /proc. */
  readonly peakBytes: number;
}

/** How often memory is looked at: the high-water mark of a process is gone with the process. */
const LOOK_MS = 10;
/** Of standard error, for the message of a command that failed. */
const ERROR_CHARS = 4000;

/** Runs commands one after the other, as a person would who needs all of them for the job. */
export async function measure(commands: readonly Command[]): Promise<Cost> {
  let peakBytes = 0;
  const started = performance.now();
  for (const command of commands) peakBytes = Math.max(peakBytes, await run(command));
  return { seconds: (performance.now() - started) / 1000, peakBytes };
}

/**
 * Runs a command to its end and returns its peak memory in bytes.
 * @throws Error with the end of its standard error when it fails
 */
async function run({ program, args, env, output }: Command): Promise<number> {
  const stdout = output === undefined ? 'ignore' : openSync(output, 'w');
  const child = spawn(program, args, { stdio: ['ignore', stdout, 'pipe'], env: { ...process.env, ...env } });
  if (stdout !== 'ignore') closeSync(stdout);
  let peak = 0;
  let errors = '';
  child.stderr?.on('data', chunk => {
    errors = `${errors}${chunk}`.slice(-ERROR_CHARS);
  });
  const look = setInterval(() => {
    peak = Math.max(peak, highWaterMark(child.pid));
  }, LOOK_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${errors}`);
    return peak;
  } finally {
    clearInterval(look);
  }
}

/** `VmHWM`, the peak resident set of a process (proc_pid_status(5)), in bytes. */
function highWaterMark(pid: number | undefined): number {
  try {
    const [, kib = 0] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
    return Number(kib) * 1024;
  } catch {
    // It has just ended, or this system has no /proc.
    return 0;
  }
}
