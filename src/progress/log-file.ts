import { appendFileSync, closeSync, openSync } from 'node:fs';
import { Failure, reasonOf } from '../base/errors.ts';
import { redact } from './redact.ts';

/** Lines wait for so long, and so many characters of them, before they are written: a file is slower than events. */
const FLUSH_MS = 200;
const FLUSH_CHARACTERS = 64 * 1024;

let log: LogFile | undefined;

/**
 * Everything that is told from now on goes to this file too, at its end, each line with its time.
 * @throws Failure `usage` when the file cannot be written
 */
export function openLog(path: string): void {
  log = new LogFile(path);
}

export function isLogged(): boolean {
  return log !== undefined;
}

/** One line for the log file, if there is one. */
export function logged(line: string): void {
  log?.write(line);
}

/** A file of lines with their times, readable by its owner only. */
class LogFile {
  readonly #file: number;
  #waiting = '';
  #timer: NodeJS.Timeout | undefined;
  #isBroken = false;

  constructor(path: string) {
    try {
      this.#file = openSync(path, 'a', 0o600);
    } catch (error) {
      throw new Failure('usage', `the log cannot be written: ${reasonOf(error)}`, { subject: path });
    }
    process.on('exit', () => this.#close());
  }

  write(line: string): void {
    if (this.#isBroken) return;
    this.#waiting += `${new Date().toISOString()} ${redact(line)}\n`;
    if (this.#waiting.length >= FLUSH_CHARACTERS) this.#flush();
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS).unref();
  }

  /** A log that can no longer be kept, on a full disk say, is no reason to end a run. */
  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      appendFileSync(this.#file, this.#waiting);
    } catch {
      this.#isBroken = true;
      process.stderr.write('warning: the log file can no longer be written\n');
    }
    this.#waiting = '';
  }

  #close(): void {
    if (this.#waiting !== '') this.#flush();
    closeSync(this.#file);
  }
}
