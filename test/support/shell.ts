import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { START, STATE } from './program.ts';

const PATIENCE_MS = 40_000;
const PROMPT = 'ready> ';

/** An interactive shell with job control in a terminal, from which the built program is started. */
export class ShellInTerminal {
  readonly #pidFile: string;
  readonly #screen: InstanceType<typeof xterm.Terminal>;
  readonly #process: IPty;

  private constructor(pidFile: string, columns: number, rows: number) {
    this.#pidFile = pidFile;
    this.#screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 5000 });
    this.#process = spawn('bash', ['--norc', '--noprofile', '-i'], {
      cols: columns,
      rows,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: '/nonexistent',
        XDG_STATE_HOME: STATE,
        TERM: 'xterm-256color',
        LANG: 'C.UTF-8',
        PS1: PROMPT,
      },
    });
    this.#process.onData(data => this.#screen.write(data));
  }

  static async open({ columns = 80, rows = 24 } = {}): Promise<ShellInTerminal> {
    const folder = await mkdtemp(join(tmpdir(), 'asa-backup-shell-'));
    const shell = new ShellInTerminal(join(folder, 'pid'), columns, rows);
    await shell.until(/ready> $/);
    return shell;
  }

  /** Starts the program in the foreground, or in the background with `&` behind it. */
  start(args: readonly string[], { env = '', behind = '' } = {}): void {
    const words = [...START, ...args].map(word => `'${word}'`).join(' ');
    this.type(`clear; ${env} sh -c 'echo $$ >${this.#pidFile}; exec "$0" "$@"' ${words} ${behind}\r`);
  }

  type(keys: string): void {
    this.#process.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.#process.resize(columns, rows);
    this.#screen.resize(columns, rows);
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

  /** What the terminal shows, from the first line that is kept to the cursor. */
  get text(): string {
    const { active } = this.#screen.buffer;
    const lines = Array.from({ length: active.length }, (_, y) => {
      const line = active.getLine(y)?.translateToString(true) ?? '';
      return y === active.baseY + active.cursorY ? line.padEnd(active.cursorX) : line;
    });
    return lines.join('\n').replace(/\n+$/, '');
  }

  get isCursorShown(): boolean {
    return !(this.#screen as unknown as { _core: { coreService: { isCursorHidden: boolean } } })._core
      .coreService.isCursorHidden;
  }

  async until(pattern: RegExp, patienceMs = PATIENCE_MS): Promise<void> {
    const deadline = Date.now() + patienceMs;
    while (!pattern.test(this.text)) {
      if (Date.now() > deadline) throw new Error(`${pattern} is not on the screen:\n${this.text}`);
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  }

  close(): void {
    this.#process.kill('SIGKILL');
  }
}
