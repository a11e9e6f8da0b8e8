import type { ReadStream } from 'node:tty';
import { openKeys } from './terminal.ts';

/**
 * The keys of a terminal one by one, not shown and without their usual meaning: Ctrl-C is a key. It reads from the
 * terminal itself and not through standard input, so that letting go of it leaves nothing behind.
 */
export class Keyboard {
  readonly #keys: ReadStream;
  readonly #close = () => this.close();
  #isOpen = true;

  private constructor(keys: ReadStream, onKey: (key: string) => void) {
    this.#keys = keys;
    keys.setEncoding('utf8');
    keys.setRawMode(true);
    keys.on('data', text => {
      for (const key of keysOf(String(text))) if (this.#isOpen) onKey(key);
    });
    // The terminal is gone; that is told by SIGHUP.
    keys.on('error', this.#close);
    process.on('exit', this.#close);
  }

  /** Undefined where standard input is no terminal: what comes from there is an archive, or nobody is there. */
  static open(onKey: (key: string) => void): Keyboard | undefined {
    if (!process.stdin.isTTY) return undefined;
    const keys = openKeys();
    return keys && new Keyboard(keys, onKey);
  }

  /** Gives the terminal back as it was. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.off('exit', this.#close);
    if (!this.#keys.destroyed) this.#keys.setRawMode(false);
    this.#keys.destroy();
  }
}

// An escape sequence is one key: its letters must not be taken for those that mean something.
const ESC = '\u001b';
const KEY = new RegExp(`${ESC}(?:\\[[\\d;<=>?]*[ -/]*[@-~]|O.|[^[O])?|[^${ESC}]`, 'gsu');

/** What arrived at once, key by key. */
export function keysOf(text: string): string[] {
  return text.match(KEY) ?? [];
}
