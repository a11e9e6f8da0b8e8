import { openSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';
import { Failure } from '../base/errors.ts';
import { JobControl, signalJob } from './job-control.ts';
import { widthOfTerminal, wrapWords } from './text.ts';

const ENTER = new Set(['\r', '\n']);
const BACKSPACE = new Set(['\u007f', '\b']);
const [CTRL_C, CTRL_D, CTRL_U, CTRL_Z] = ['\u0003', '\u0004', '\u0015', '\u001a'];
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** No answer is longer; what more is typed or pasted is not kept. Characters. */
const LONGEST_ANSWER = 4096;

/** Keys as they are pressed, whatever the standard streams are; undefined when there is no terminal. */
export function openKeys(): ReadStream | undefined {
  try {
    return new ReadStream(openSync(PLACES.keys, 'r'));
  } catch {
    // ENXIO and EACCES alike: there is no terminal that this process may talk to.
    return undefined;
  }
}

/** Whether there is a terminal that keys can be read from. */
export function canReadKeys(): boolean {
  const keys = openKeys();
  keys?.destroy();
  return keys !== undefined;
}

/** The terminal itself by its names. */
const PLACES =
  process.platform === 'win32'
    ? { keys: 'CONIN$', screen: 'CONOUT$' }
    : { keys: '/dev/tty', screen: '/dev/tty' };

/**
 * The terminal in front of a person, whatever the standard streams are: `export -` may ask for a passphrase while
 * the archive goes to standard output. Keys are read one by one, so that an answer need not be shown.
 */
export class Terminal implements Disposable {
  #keys: ReadStream | undefined;
  readonly #screen: WriteStream;
  /** Keys that were typed or pasted and are no part of an answer yet. */
  #ahead = '';
  /** Tells whoever waits for keys that there are some, or that the terminal went away. */
  #tell: ((event: 'keys' | 'lost') => void) | undefined;
  readonly #job: JobControl;
  /** What stands on the screen of the question that is being answered. */
  #shown = '';
  #isOver = false;

  private constructor(screen: WriteStream) {
    this.#screen = screen;
    // From the beginning to the end, not per question: whoever types ahead must not see a passphrase either.
    this.#job = new JobControl({
      take: () => {
        this.#listen();
        screen.write(this.#shown);
      },
      give: async () => this.#deafen(),
      isOver: () => this.#isOver,
    });
    this.#job.begin();
  }

  /** Undefined when nobody is there: no terminal, or neither standard input nor standard error is one (cron, nohup). */
  static open(): Terminal | undefined {
    if ((!process.stdin.isTTY && !process.stderr.isTTY) || !canReadKeys()) return undefined;
    try {
      return new Terminal(new WriteStream(openSync(PLACES.screen, 'w')));
    } catch {
      return undefined;
    }
  }

  /**
   * Asks for one line.
   * @throws Failure `interrupted` on Ctrl-C or a signal, on Ctrl-D in an empty line and when the terminal goes away
   */
  async ask(prompt: string, { echo }: { echo: boolean }): Promise<string> {
    this.#show(this.#folded(prompt));
    try {
      return await this.#line(echo);
    } finally {
      this.#screen.write('\n');
      this.#shown = '';
    }
  }

  say(text: string): void {
    this.#screen.write(`${this.#folded(text)}\n`);
  }

  /** Broken between words, where the terminal would break within them. */
  #folded(text: string): string {
    return wrapWords(text, widthOfTerminal(this.#screen) - 1).join('\n');
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    void this.#job.end();
    this.#screen.destroy();
  }

  #listen(): void {
    const keys = openKeys();
    this.#keys = keys;
    keys?.setEncoding('utf8').setRawMode(true);
    keys?.on('data', text => {
      this.#ahead += text;
      this.#tell?.('keys');
    });
    for (const event of ['end', 'error']) keys?.on(event, () => this.#tell?.('lost'));
    if (keys === undefined) this.#tell?.('lost');
  }

  /** Closed for good: of a stream that only pauses, the next key is still read, and a job in the background is stopped for it. */
  #deafen(): void {
    if (this.#keys?.destroyed === false) this.#keys.setRawMode(false);
    this.#keys?.destroy();
  }

  async #line(echo: boolean): Promise<string> {
    const line: string[] = [];
    for (;;) {
      if (this.#ahead === '') await this.#more();
      const [key = ''] = this.#ahead;
      this.#ahead = this.#ahead.slice(key.length);
      if (ENTER.has(key)) return line.join('');
      if (key === CTRL_C || (key === CTRL_D && line.length === 0)) throw interrupted();
      if (key === CTRL_Z) signalJob('SIGTSTP');
      else if (key === CTRL_U) this.#erase(line.splice(0), echo);
      else if (BACKSPACE.has(key)) this.#erase(line.splice(-1), echo);
      else if (key >= ' ' && line.length < LONGEST_ANSWER) {
        line.push(key);
        if (echo) this.#show(key);
      }
    }
  }

  #show(text: string): void {
    this.#shown += text;
    this.#screen.write(text);
  }

  #erase(characters: string[], echo: boolean): void {
    if (!echo) return;
    this.#shown = [...this.#shown].slice(0, -characters.length || undefined).join('');
    this.#screen.write('\b \b'.repeat(characters.length));
  }

  #more(): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (event: 'keys' | 'lost') => {
        this.#tell = undefined;
        for (const signal of SIGNALS) process.off(signal, lose);
        if (event === 'keys') resolve();
        else reject(interrupted());
      };
      const lose = () => settle('lost');
      this.#tell = settle;
      for (const signal of SIGNALS) process.on(signal, lose);
    });
  }
}

function interrupted(): Failure {
  return new Failure('interrupted', 'interrupted while waiting for an answer');
}
