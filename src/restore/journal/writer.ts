import { closeSync, fdatasync, fsyncSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { ioFailure } from '../../archive/io-failure.ts';
import { sleep } from '../../base/concurrency.ts';
import { Failure } from '../../base/errors.ts';
import type { Intent, JournalHeader, JournalRecord, Outcome } from './records.ts';

/** Between two syncs: each costs as much as the write of an object, and a power cut this much of the journal. */
const SYNC_PAUSE_MS = 50;

/**
 * Appends to a journal. A record is with the operating system when `note` returns, so that a killed program loses
 * none; it is brought to the disk in the background, one sync a moment after the other while there is something to
 * sync, so that a power cut costs no more than that moment, and no write waits for one.
 */
export class JournalWriter {
  readonly path: string;
  readonly #fd: number;
  #next: number;
  #unsynced = false;
  #syncing: Promise<void> | undefined;
  readonly #broken = new AbortController();
  readonly #closing = new AbortController();

  /** @param next the number of the next intent */
  private constructor(path: string, flags: 'ax' | 'a', next: number) {
    this.path = path;
    this.#next = next;
    try {
      this.#fd = openSync(path, flags, 0o600);
    } catch (error) {
      throw ioFailure(error, path);
    }
  }

  /** @throws Failure `io-error`, also when the file exists. */
  static create(path: string, header: JournalHeader): JournalWriter {
    const writer = new JournalWriter(path, 'ax', 1);
    writer.#write(header);
    syncFolder(dirname(path));
    return writer;
  }

  /**
   * @param next the number of the next intent
   * @param torn whether the last line has no end: a record that was cut off in the middle
   */
  static resume(path: string, next: number, torn: boolean): JournalWriter {
    const writer = new JournalWriter(path, 'a', next);
    if (torn) writer.#append('\n');
    return writer;
  }

  /** Aborted with a `Failure` when the journal can no longer be kept: nothing more may be written to the target then. */
  get broken(): AbortSignal {
    return this.#broken.signal;
  }

  /** Notes a write that is about to be sent; returns its number. @throws Failure `io-error`, `no-space` */
  begin(intent: Intent): number {
    const n = this.#next++;
    this.note({ n, intent });
    return n;
  }

  end(n: number, outcome: Outcome): void {
    this.note({ n, outcome });
  }

  note(record: JournalRecord): void {
    this.#write(record);
  }

  /** Brings everything to the disk. */
  async close(): Promise<void> {
    this.#closing.abort();
    while (this.#syncing !== undefined) await this.#syncing;
    try {
      fsyncSync(this.#fd);
    } finally {
      closeSync(this.#fd);
    }
  }

  #write(line: JournalHeader | JournalRecord): void {
    this.#append(`${JSON.stringify(line)}\n`);
  }

  #append(text: string): void {
    this.#broken.signal.throwIfAborted();
    try {
      const bytes = Buffer.from(text);
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done);
    } catch (error) {
      throw this.#fail(error);
    }
    this.#unsynced = true;
    this.#syncing ??= this.#sync();
  }

  #fail(error: unknown): Failure {
    const { code, message, hints, cause } = ioFailure(error, this.path);
    const failure = new Failure(code, `the journal of the restore cannot be kept: ${message}`, {
      subject: this.path,
      hints: [...hints],
      cause,
    });
    this.#broken.abort(failure);
    return failure;
  }

  async #sync(): Promise<void> {
    while (this.#unsynced) {
      this.#unsynced = false;
      await new Promise<void>(resolve =>
        fdatasync(this.#fd, error => {
          if (error) this.#fail(error);
          resolve();
        }),
      );
      await sleep(SYNC_PAUSE_MS, this.#closing.signal).catch(() => undefined);
    }
    this.#syncing = undefined;
  }
}

/** A new file is found after a power cut only when its folder is on the disk too; not every system can do that. */
function syncFolder(path: string): void {
  try {
    const fd = openSync(path, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    // The file itself is synced all the same.
  }
}
