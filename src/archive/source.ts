import { type FileHandle, open, stat as statOf } from 'node:fs/promises';
import { addAbortSignal, Readable } from 'node:stream';
import { Failure } from '../base/errors.ts';
import { type OnHeld, watched } from './held.ts';
import { ioFailure } from './io-failure.ts';
import { openNamedPipe } from './named-pipe.ts';
import { ReadBuffers } from './read-buffers.ts';

/** Where a {@link Source} gets its bytes from. */
export interface Feed {
  /** Bytes in all, where that is known beforehand; such a feed can jump. */
  readonly size?: number | undefined;
  /** The next bytes, some of them; none when there are no more. They may be put into the buffer. */
  pull(into: Buffer): Promise<Buffer | undefined>;
  /** The next pull starts at this byte. */
  jump?(position: number): void;
  /** Bytes from one place to another, on the side of what is pulled, each piece in a buffer that `into` gives. */
  readonly readAside?: ((from: number, to: number, into: () => Buffer) => AsyncGenerator<Buffer>) | undefined;
  /**
   * A failure of the archive, with where its damage lies if the feed knows more: at one of these bytes; without an end,
   * at one that has been pulled.
   */
  blame?(failure: Failure, from: number, to?: number): Promise<Failure>;
  /**
   * Reads each part of an archive against its digest, and asks for those that are not there; does not move what is pulled.
   * Where somebody can be asked, one that is damaged is asked for again.
   *
   * @param onRead told how many bytes were read, piece by piece.
   * @throws Failure `damaged` or `io-error`, naming the part.
   */
  checkParts?(onRead: (bytes: number) => void): Promise<void>;
  /** Has a pull that waits for whoever writes end when the signal is given. */
  stopAt?(signal: AbortSignal): void;
  close(): Promise<void>;
}

/** The bytes of an archive, forward: exact numbers of them, whatever sizes they come in. */
export class Source {
  readonly #feed: Feed;
  readonly #onRead: (position: number) => void;
  readonly #onHeld: OnHeld | undefined;
  #rest: Buffer = Buffer.alloc(0);
  #position = 0;
  readonly #buffers = new ReadBuffers();

  constructor(feed: Feed, onRead: (position: number) => void, onHeld?: OnHeld) {
    this.#feed = feed;
    this.#onRead = onRead;
    this.#onHeld = onHeld;
  }

  /** The byte that is read next. */
  get position(): number {
    return this.#position;
  }

  /** Bytes in all, where they are all at hand. */
  get size(): number | undefined {
    return this.#feed.size;
  }

  /** The next bytes without passing them; fewer than `length` only where the source ends. */
  async peek(length: number): Promise<Buffer> {
    while (this.#rest.length < length) {
      const piece = await this.#feed.pull(Buffer.allocUnsafeSlow(length - this.#rest.length));
      if (piece === undefined) break;
      this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    }
    return this.#rest.subarray(0, length);
  }

  /** The next bytes, copied; fewer than `length` only where the source ends, and no more memory than it really has. */
  async take(length: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.pieces(length)) {
      pieces.push(Buffer.from(piece));
      this.giveBack(piece);
    }
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
  }

  /** The next bytes as they come, without a copy; the caller's until they are given back. */
  async *pieces(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      if (this.#rest.length === 0 && !(await this.#fill())) return;
      const piece = this.#rest.subarray(0, left);
      this.#buffers.lend(piece);
      this.#rest = this.#rest.subarray(piece.length);
      if (this.#rest.length === 0) this.giveBack(piece);
      this.#position += piece.length;
      this.#onRead(this.#position);
      left -= piece.length;
      yield piece;
    }
  }

  /** The memory of a piece is used again; what is not given back is the caller's for good. */
  giveBack(piece: Buffer): void {
    this.#buffers.giveBack(piece);
  }

  /** Goes on at a later byte, where the feed can; false where it cannot. */
  jump(position: number): boolean {
    if (this.#feed.jump === undefined) return false;
    this.#feed.jump(position);
    if (this.#rest.length > 0) this.giveBack(this.#rest);
    this.#rest = Buffer.alloc(0);
    this.#position = position;
    return true;
  }

  /** See {@link Feed.blame}. */
  async blame(error: unknown, from: number, to?: number): Promise<unknown> {
    if (!(error instanceof Failure) || error.code !== 'damaged' || this.#feed.blame === undefined)
      return error;
    return this.#feed.blame(error, from, to);
  }

  /** Whether {@link readAside} is possible: not of a pipe. */
  get hasAside(): boolean {
    return this.#feed.readAside !== undefined;
  }

  /** See {@link Feed.readAside}. What passes here is not moved by it. */
  async *readAside(from: number, to: number, into: () => Buffer): AsyncGenerator<Buffer> {
    const pieces = this.#feed.readAside?.(from, to, into);
    if (pieces === undefined) return;
    try {
      for (;;) {
        const { value, done } = await watched(pieces.next(), this.#onHeld);
        if (done) return;
        yield value;
      }
    } finally {
      await pieces.return(undefined);
    }
  }

  /** Whether there are parts to check: {@link Feed.checkParts}. */
  get hasParts(): boolean {
    return this.#feed.checkParts !== undefined;
  }

  /** See {@link Feed.checkParts}. */
  async checkParts(onRead: (bytes: number) => void): Promise<void> {
    await this.#feed.checkParts?.(onRead);
  }

  /** See {@link Feed.stopAt}. */
  stopAt(signal: AbortSignal): void {
    this.#feed.stopAt?.(signal);
  }

  /** Lets go of the memory that was read into. */
  forget(): void {
    this.#buffers.forget();
  }

  close(): Promise<void> {
    return this.#feed.close();
  }

  /** Reads on; false where the source ends. */
  async #fill(): Promise<boolean> {
    const buffer = this.#buffers.take();
    const read = await watched(this.#feed.pull(buffer), this.#onHeld);
    if (read?.buffer !== buffer.buffer) this.giveBack(buffer);
    this.#rest = read ?? Buffer.alloc(0);
    return read !== undefined;
  }
}

/**
 * A file by its path, or bytes that come one after the other. What is no regular file (a pipe, a tape) is read as a
 * stream.
 *
 * @param signal see {@link Feed.stopAt}; holds for the opening too, which waits for whoever writes into a named pipe.
 * @throws Failure `io-error`, also from every read.
 */
export async function openFeed(
  from: string | AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<Feed> {
  if (typeof from !== 'string') return streamFeed(from, 'standard input', signal);
  let handle: FileHandle;
  try {
    if ((await statOf(from)).isFIFO()) return streamFeed(await openNamedPipe(from, signal), from, signal);
    handle = await open(from);
  } catch (error) {
    throw ioFailure(error, from);
  }
  const stat = await handle.stat();
  if (stat.isFile()) return fileFeed(handle, stat.size, from);
  // What is opened a second time is another pipe to whoever writes into it.
  return streamFeed(handle.createReadStream(), from, signal);
}

function fileFeed(handle: FileHandle, size: number, path: string): Feed {
  let position = 0;
  const readAt = async (into: Buffer, at: number): Promise<Buffer | undefined> => {
    try {
      const { bytesRead } = await handle.read(into, 0, into.length, at);
      return bytesRead === 0 ? undefined : into.subarray(0, bytesRead);
    } catch (error) {
      throw ioFailure(error, `${path} at byte ${at}`);
    }
  };
  return {
    size,
    async pull(buffer) {
      const read = await readAt(buffer, position);
      position += read?.length ?? 0;
      return read;
    },
    jump(to) {
      position = to;
    },
    async *readAside(from, to, into) {
      for (let at = from; at < to; ) {
        const read = await readAt(into().subarray(0, to - at), at);
        if (read === undefined) return;
        at += read.length;
        yield read;
      }
    },
    close: () => handle.close(),
  };
}

function streamFeed(stream: AsyncIterable<Uint8Array>, name: string, signal?: AbortSignal): Feed {
  const stopAt = (signal: AbortSignal) => {
    if (stream instanceof Readable) addAbortSignal(signal, stream);
  };
  if (signal !== undefined) stopAt(signal);
  const iterator = stream[Symbol.asyncIterator]();
  return {
    async pull() {
      try {
        const { value, done } = await iterator.next();
        return done ? undefined : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      } catch (error) {
        throw ioFailure(error, name);
      }
    },
    stopAt,
    async close() {
      await iterator.return?.();
    },
  };
}
