import type { FileHandle } from 'node:fs/promises';
import { UNSYNCED_BYTES, UNSYNCED_BYTES_MOST } from '../base/limits.ts';

/**
 * A file that is sent on to its medium while it is written: otherwise the medium would idle while the archive comes in,
 * and be waited for when it is there.
 *
 *     write        behind what is there; then what has come since is sent on, beside the next writes
 *     too far      a medium that is slower than what comes in is waited for
 *     sync fails   the system tells of that once, and a later sync would call all well: so no write and no sync
 *                  succeeds after it, and what the medium did not take is cut off
 */
export class SyncedFile {
  readonly #handle: FileHandle;
  readonly #onDurable: ((bytes: number) => void) | undefined;
  #position: number;
  #durable: number;
  #syncing: Promise<void> | undefined;
  #error: unknown;
  #open = true;

  /**
   * @param position behind the bytes that it has, all of them on the medium.
   * @param onDurable told how many bytes the medium has for certain, and the page cache not only.
   */
  constructor(handle: FileHandle, position = 0, onDurable?: (bytes: number) => void) {
    this.#handle = handle;
    this.#position = position;
    this.#durable = position;
    this.#onDurable = onDurable;
  }

  /** Bytes written so far. */
  get position(): number {
    return this.#position;
  }

  /** Bytes that are on the medium for certain. */
  get durable(): number {
    return this.#durable;
  }

  async write(chunks: readonly Buffer[]): Promise<void> {
    for (let left = chunks.filter(chunk => chunk.length > 0); left.length > 0; ) {
      this.#check();
      const { bytesWritten } = await this.#handle.writev(left, this.#position);
      this.#position += bytesWritten;
      left = after(left, bytesWritten);
    }
    this.#sendOn();
    // Or progress would tell of the page cache.
    if (this.#position - this.#durable > UNSYNCED_BYTES_MOST) await this.#syncing;
  }

  /** Writes over bytes that have been written before. */
  async patch(bytes: Buffer, position: number): Promise<void> {
    await this.#handle.write(bytes, 0, bytes.length, position);
  }

  /** Comes back when the medium has all of it. */
  async sync(): Promise<void> {
    await this.#syncing;
    this.#check();
    try {
      await this.#handle.sync();
    } catch (error) {
      this.#error = error;
      throw error;
    }
    this.#onDurable?.(this.#position);
  }

  /** Takes so many bytes off its end. */
  async shorten(bytes: number): Promise<void> {
    await this.#handle.truncate(Math.max(0, this.#position - bytes));
  }

  /**
   * Takes off what the medium did not take: the system may keep a copy of it in memory, which would be believed.
   * @returns false where that cannot be done
   */
  async dropUnsynced(): Promise<boolean> {
    await this.#syncing;
    if (this.#error === undefined || !this.#open) return true;
    return this.#handle.truncate(this.#durable).then(
      () => true,
      () => false,
    );
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#syncing;
    await this.#handle.close();
  }

  #check(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  #sendOn(): void {
    if (this.#syncing !== undefined || this.#position - this.#durable < UNSYNCED_BYTES) return;
    const upTo = this.#position;
    this.#syncing = this.#handle
      .datasync()
      .then(() => {
        this.#durable = upTo;
        this.#onDurable?.(upTo);
      })
      .catch(error => {
        this.#error = error;
      })
      .finally(() => {
        this.#syncing = undefined;
      });
  }
}

/** What is left of some chunks when so many of their bytes have been written. */
function after(chunks: readonly Buffer[], written: number): Buffer[] {
  let passed = 0;
  return chunks.flatMap(chunk => {
    const start = Math.min(Math.max(written - passed, 0), chunk.length);
    passed += chunk.length;
    return start === chunk.length ? [] : [chunk.subarray(start)];
  });
}
