import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The program as people start it: the checkout's, or the executable that ASA_BACKUP_PROGRAM names. */
export const PROGRAM = resolve(
  process.env.ASA_BACKUP_PROGRAM ?? fileURLToPath(new URL('../../bin/kubectl-asa_backup', import.meta.url)),
);

/** The words that start it: an executable needs no Node. */
export const START: readonly [string, ...string[]] =
  process.env.ASA_BACKUP_PROGRAM === undefined ? [process.execPath, PROGRAM] : [PROGRAM];

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Standard input; nothing otherwise. */
  readonly input?: string | Buffer;
  /** Further file descriptors, from 3 on, each a pipe with this text in it. */
  readonly pipes?: readonly string[];
}

/** Where the program keeps journals while these tests run. */
export const STATE = mkdtempSync(join(tmpdir(), 'asa-backup-state-'));
process.on('exit', () => rmSync(STATE, { recursive: true, force: true }));

/** An environment in which nothing of the machine's user is found: no kubeconfig, no registry logins, no proxies. */
const BARE = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  TMPDIR: process.env.TMPDIR,
  XDG_STATE_HOME: STATE,
};

/**
 * Runs the built program within a shell's command line, between two pieces of it.
 * @param before ends where a command may start, as in `ulimit -f 100 && exec`.
 */
export function runInShell(before: string, args: readonly string[], after = ''): Promise<Outcome> {
  const child = spawn('bash', ['-c', `${before} "$0" "$@" ${after}`, ...START, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: BARE,
  });
  return outcomeOf(child);
}

/** Starts the built program, for tests that talk to it while it runs. */
export function startProgram(args: readonly string[], options: RunOptions = {}): ChildProcess {
  const stdio = ['pipe', 'pipe', 'pipe', ...(options.pipes ?? []).map(() => 'pipe' as const)] as const;
  const [file, ...first] = START;
  return spawn(file, [...first, ...args], { stdio: [...stdio], env: { ...BARE, ...options.env } });
}

/** Runs the built program to its end. */
export async function runProgram(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { code, stdout, stderr } = await runRaw(args, options);
  return { code, stdout: stdout.toString(), stderr };
}

/** The same with standard output as bytes, for archives. */
export async function runRaw(args: readonly string[], options: RunOptions = {}) {
  const child = startProgram(args, options);
  for (const [index, text] of (options.pipes ?? []).entries()) {
    const pipe = child.stdio[3 + index];
    if (pipe !== null && pipe !== undefined && 'end' in pipe) pipe.end(text);
  }
  // A program that ends early leaves its input unread.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.input ?? '');
  return rawOutcomeOf(child);
}

/** What a started program comes to. */
export async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const { code, stdout, stderr } = await rawOutcomeOf(child);
  return { code, stdout: stdout.toString(), stderr };
}

async function rawOutcomeOf(child: ChildProcess) {
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout?.on('data', chunk => stdout.push(chunk));
  child.stderr?.on('data', chunk => {
    stderr += chunk;
  });
  const code = await new Promise<number | null>((resolve, reject) =>
    child.on('close', resolve).on('error', reject),
  );
  return { code, stdout: Buffer.concat(stdout), stderr };
}
