import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { STATE } from './program.ts';

/** How long something may take to appear on a busy machine. */
const PATIENCE_MS = 40_000;
/** Lines that stay above the screen. */
const SCROLLBACK = 5_000;

export interface PtyOptions {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** A pseudo-terminal with something that runs in it, as the person in front of it sees it. */
export class Pty {
  /** Everything that was written to the terminal, control sequences included. */
  raw = '';
  /** The screen with its colours, for whoever draws it. */
  readonly emulator: InstanceType<typeof xterm.Terminal>;
  protected readonly process: IPty;

  constructor(file: string, args: readonly string[], { columns = 80, rows = 24, env }: PtyOptions) {
    const size = { cols: columns, rows };
    this.emulator = new xterm.Terminal({ ...size, scrollback: SCROLLBACK, allowProposedApi: true });
    this.process = spawn(file, [...args], {
      ...size,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: '/nonexistent',
        TMPDIR: process.env.TMPDIR ?? '/tmp',
        XDG_STATE_HOME: STATE,
        TERM: 'xterm-256color',
        LANG: 'C.UTF-8',
        ...env,
      },
    });
    this.process.onData(data => {
      this.raw += data;
      this.emulator.write(data);
    });
  }

  type(keys: string): void {
    this.process.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.emulator.resize(columns, rows);
    this.process.resize(columns, rows);
  }

  /** Every line from the first to the last that holds something, those that scrolled away included. */
  get lines(): string[] {
    return this.text.split('\n');
  }

  /** The same as one text; up to the cursor where it stands behind spaces. */
  get text(): string {
    const { active } = this.emulator.buffer;
    const lines = Array.from({ length: active.length }, (_, y) => {
      const line = active.getLine(y)?.translateToString(true) ?? '';
      return y === active.baseY + active.cursorY ? line.padEnd(active.cursorX) : line;
    });
    return lines.join('\n').replace(/\n+$/, '');
  }

  /** The rows that are on the screen now. */
  get screen(): string[] {
    const { active } = this.emulator.buffer;
    return Array.from(
      { length: this.emulator.rows },
      // A screen of a program's own keeps, out of sight, what stood beyond an edge that came nearer.
      (_, y) =>
        active
          .getLine(active.baseY + y)
          ?.translateToString(true, 0, this.emulator.cols)
          .trimEnd() ?? '',
    );
  }

  /** Waits until a line that is or was on the screen says something. @throws Error with the screen when none does */
  until(pattern: RegExp, patienceMs?: number): Promise<void> {
    return this.#until(pattern, () => this.text, patienceMs);
  }

  /** The same of the rows that are on the screen now. */
  untilScreen(pattern: RegExp, patienceMs?: number): Promise<void> {
    return this.#until(pattern, () => this.screen.join('\n'), patienceMs);
  }

  async #until(pattern: RegExp, look: () => string, patienceMs = PATIENCE_MS): Promise<void> {
    const deadline = Date.now() + patienceMs;
    while (!pattern.test(look())) {
      if (Date.now() > deadline) throw new Error(`${pattern} is not on the screen:\n${look()}`);
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  }

  /** No screen of a program's own is left over what was there before. */
  get isOnMainScreen(): boolean {
    return this.emulator.buffer.active.type === 'normal';
  }

  get isCursorShown(): boolean {
    return this.raw.lastIndexOf('\u001b[?25h') >= this.raw.lastIndexOf('\u001b[?25l');
  }

  close(): void {
    this.process.kill('SIGKILL');
  }
}
