import { execFileSync } from 'node:child_process';
import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { START, STATE } from './program.ts';

/** How long something may take to appear on a busy machine. */
const PATIENCE_MS = 40_000;
/** How long a whole run may take. */
const TOTAL_MS = 110_000;

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** A file that standard output is redirected to. */
  readonly stdout?: string;
}

/** The built program in a terminal, as the person in front of it sees it. */
export class ProgramInTerminal {
  /** Everything that was written to the terminal, control sequences included. */
  raw = '';
  /** The exit code, once it has ended. */
  readonly ended: Promise<number>;
  readonly #screen: InstanceType<typeof xterm.Terminal>;
  readonly #process: IPty;

  constructor(args: readonly string[], { columns = 80, rows = 24, env = {}, stdout }: TerminalOptions = {}) {
    this.#screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    // As an interactive shell it outlives Ctrl-C, and tells afterwards how the terminal was left.
    const line = stdout === undefined ? '"$0" "$@"' : `"$0" "$@" >${stdout}`;
    const script = `trap : INT; ${line}; code=$?; stty -a | grep -o -e "-\\?echo\\b" -e "-\\?icanon"; echo "ended $code"`;
    this.#process = spawn('sh', ['-c', script, ...START, ...args], {
      cols: columns,
      rows,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: '/nonexistent',
        XDG_STATE_HOME: STATE,
        TERM: 'xterm-256color',
        LANG: 'C.UTF-8',
        ...env,
      },
    });
    this.#process.onData(data => {
      this.raw += data;
      this.#screen.write(data);
    });
    this.ended = this.until(/^ended \d+$/m, TOTAL_MS).then(() =>
      Number(/^ended (\d+)$/m.exec(this.text)?.[1]),
    );
  }

  type(keys: string): void {
    this.#process.write(keys);
  }

  /** Every line from the first to the last that holds something, those that scrolled away included. */
  get lines(): string[] {
    const { active } = this.#screen.buffer;
    const lines = Array.from(
      { length: active.length },
      (_, y) => active.getLine(y)?.translateToString(true) ?? '',
    );
    return lines.join('\n').trimEnd().split('\n');
  }

  /** The screen with its colours, for whoever draws it. */
  get emulator(): InstanceType<typeof xterm.Terminal> {
    return this.#screen;
  }

  /** The rows that are on the screen now. */
  get screen(): string[] {
    const { active } = this.#screen.buffer;
    return Array.from(
      { length: this.#screen.rows },
      (_, y) => active.getLine(active.baseY + y)?.translateToString(true) ?? '',
    );
  }

  get text(): string {
    return this.lines.join('\n');
  }

  /** Waits until a line that is or was on the screen says something. @throws Error with the screen when none does. */
  until(pattern: RegExp, patienceMs = PATIENCE_MS): Promise<void> {
    return this.#until(pattern, () => this.text, patienceMs);
  }

  /** The same of the rows that are on the screen now. */
  untilScreen(pattern: RegExp, patienceMs = PATIENCE_MS): Promise<void> {
    return this.#until(pattern, () => this.screen.join('\n'), patienceMs);
  }

  async #until(pattern: RegExp, look: () => string, patienceMs: number): Promise<void> {
    const deadline = Date.now() + patienceMs;
    while (!pattern.test(look())) {
      if (Date.now() > deadline) throw new Error(`${pattern} is not on the screen:\n${look()}`);
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows);
    this.#process.resize(columns, rows);
  }

  /** Sends a signal to the program, and not to the shell around it. */
  kill(signal: NodeJS.Signals): void {
    execFileSync('pkill', [`-${signal.slice(3)}`, '-P', String(this.#process.pid)]);
  }

  /** No screen of a program's own is left over what was there before. */
  get isOnMainScreen(): boolean {
    return this.#screen.buffer.active.type === 'normal';
  }

  /** The cursor is shown, keys are echoed, and lines are read as a shell expects. */
  get isSane(): boolean {
    const cursor = this.raw.lastIndexOf('\u001b[?25h') >= this.raw.lastIndexOf('\u001b[?25l');
    return cursor && /(^|\s)echo/.test(this.text) && /(^|\s)icanon/.test(this.text);
  }
}
