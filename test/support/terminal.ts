import { execFileSync } from 'node:child_process';
import { START } from './program.ts';
import { Pty, type PtyOptions } from './pty.ts';

/** How long a whole run may take. */
const TOTAL_MS = 110_000;

export interface TerminalOptions extends PtyOptions {
  /** A file that standard output is redirected to. */
  readonly stdout?: string;
}

/** The built program in a terminal. */
export class ProgramInTerminal extends Pty {
  /** The exit code, once it has ended. */
  readonly ended: Promise<number>;

  constructor(args: readonly string[], { stdout, ...options }: TerminalOptions = {}) {
    // As an interactive shell it outlives Ctrl-C, and tells afterwards how the terminal was left.
    const line = stdout === undefined ? '"$0" "$@"' : `"$0" "$@" >${stdout}`;
    const script = `trap : INT; ${line}; code=$?; stty -a | grep -o -e "-\\?echo\\b" -e "-\\?icanon"; echo "ended $code"`;
    super('sh', ['-c', script, ...START, ...args], options);
    this.ended = this.until(/^ended \d+$/m, TOTAL_MS).then(() =>
      Number(/^ended (\d+)$/m.exec(this.text)?.[1]),
    );
  }

  /** Sends a signal to the program, and not to the shell around it. */
  kill(signal: NodeJS.Signals): void {
    execFileSync('pkill', [`-${signal.slice(3)}`, '-P', String(this.process.pid)]);
  }

  /** The cursor is shown, keys are echoed, and lines are read as a shell expects. */
  get isSane(): boolean {
    return this.isCursorShown && /(^|\s)echo/.test(this.text) && /(^|\s)icanon/.test(this.text);
  }
}
