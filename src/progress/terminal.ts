import { openSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';
import { Failure } from '../base/errors.ts';

const ENTER = new Set(['\r', '\n']);
const BACKSPACE = new Set(['\u007f', '\b']);
const [CTRL_C, CTRL_D, CTRL_U] = ['\u0003', '\u0004', '\u0015'];
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
  readonly #keys: ReadStream;
  readonly #screen: WriteStream;
  /** Keys that were typed or pasted beyond the line that was asked for. */
  #ahead = '';

  private constructor(keys: ReadStream, screen: WriteStream) {
    this.#keys = keys;
    this.#screen = screen;
    keys.setEncoding('utf8');
    // From the beginning to the end, not per question: whoever types ahead must not see a passphrase either.
    keys.setRawMode(true);
  }

  /** Undefined when nobody is there: no terminal, or neither standard input nor standard error is one (cron, nohup). */
  static open(): Terminal | undefined {
    if (!process.stdin.isTTY && !process.stderr.isTTY) return undefined;
    const keys = openKeys();
    try {
      return keys && new Terminal(keys, new WriteStream(openSync(PLACES.screen, 'w')));
    } catch {
      keys?.destroy();
      return undefined;
    }
  }

  /**
   * Asks for one line.
   * @throws Failure `interrupted` on Ctrl-C, on Ctrl-D in an empty line and when the terminal goes away
   */
  async ask(prompt: string, { echo }: { echo: boolean }): Promise<string> {
    this.#screen.write(prompt);
    try {
      return await this.#line(echo);
    } finally {
      this.#screen.write('\n');
    }
  }

  say(text: string): void {
    this.#screen.write(`${text}\n`);
  }

  [Symbol.dispose](): void {
    this.#keys.setRawMode(false);
    this.#keys.destroy();
    this.#screen.destroy();
  }

  async #line(echo: boolean): Promise<string> {
    const line: string[] = [];
    for (;;) {
      const keys = this.#ahead === '' ? await this.#read() : this.#ahead;
      const [key = ''] = keys;
      this.#ahead = keys.slice(key.length);
      if (ENTER.has(key)) return line.join('');
      if (key === CTRL_C || (key === CTRL_D && line.length === 0)) throw interrupted();
      if (key === CTRL_U) this.#erase(line.splice(0), echo);
      else if (BACKSPACE.has(key)) this.#erase(line.splice(-1), echo);
      else if (key >= ' ' && line.length < LONGEST_ANSWER) {
        line.push(key);
        if (echo) this.#screen.write(key);
      }
    }
  }

  #erase(characters: string[], echo: boolean): void {
    if (echo) this.#screen.write('\b \b'.repeat(characters.length));
  }

  #read(): Promise<string> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        this.#keys.pause().off('data', take).off('end', lost).off('error', lost);
        act();
      };
      const take = (keys: string) => settle(() => resolve(keys));
      const lost = () => settle(() => reject(interrupted()));
      this.#keys.on('data', take).on('end', lost).on('error', lost).resume();
    });
  }
}

function interrupted(): Failure {
  return new Failure('interrupted', 'interrupted while waiting for an answer');
}
