import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { START } from './program.ts';
import { Pty, type PtyOptions } from './pty.ts';

const PROMPT = 'ready> ';

/** An interactive shell with job control in a terminal, from which the built program is started. */
export class ShellInTerminal extends Pty {
  readonly #pidFile: string;

  private constructor(pidFile: string, options: PtyOptions) {
    super('bash', ['--norc', '--noprofile', '-i'], { ...options, env: { PS1: PROMPT } });
    this.#pidFile = pidFile;
  }

  static async open(options: PtyOptions = {}): Promise<ShellInTerminal> {
    const folder = await mkdtemp(join(tmpdir(), 'asa-backup-shell-'));
    const shell = new ShellInTerminal(join(folder, 'pid'), options);
    await shell.until(/ready> $/);
    return shell;
  }

  /** Starts the program in the foreground, or in the background with `&` behind it. */
  start(args: readonly string[], { env = '', behind = '' } = {}): void {
    const words = [...START, ...args].map(word => `'${word}'`).join(' ');
    this.type(`clear; ${env} sh -c 'echo $$ >${this.#pidFile}; exec "$0" "$@"' ${words} ${behind}\r`);
  }

  /** Sends a signal to the program, as somebody else would. */
  signal(signal: NodeJS.Signals): void {
    process.kill(Number(readFileSync(this.#pidFile, 'utf8')), signal);
  }

  /** All modes of the terminal, as `stty -a` has them at the prompt. */
  async modes(): Promise<string> {
    this.type(`clear; stty -a | tail -n +2; echo end-of-"modes"\r`);
    await this.until(/end-of-modes\s+ready> $/);
    return /^[\s\S]*(?=end-of-modes)/.exec(this.text)?.[0] ?? '';
  }

  /** Waits for the prompt and returns the exit code of what ran before it. */
  async exitCode(): Promise<number> {
    await this.until(/ready> $/);
    this.type('echo "exit=$?"\r');
    await this.until(/^exit=\d+\s+ready> $/m);
    return Number(/^exit=(\d+)$/m.exec(this.text)?.[1]);
  }
}
