import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { READ_BYTES } from '../base/limits.ts';
import { ioFailure } from './io-failure.ts';

/** Where a {@link Source} gets its bytes from. */
interface Feed {
  /** Bytes in all, where that is known beforehand; such a feed can jump. */
  readonly size?: number;
  /** The next bytes, some of them; none when there are no more. They may be put into the buffer, when there is one. */
  pull(into?: Buffer): Promise<Buffer | undefined>;
  /** The next pull starts at this byte. */
  jump?(position: number): void;
  close(): Promise<void>;
}

/** The bytes of an archive, forward: exact numbers of them, whatever sizes they come in. */
export class Source {
  readonly #feed: Feed;
  readonly #onRead: (position: number) => void;
  #rest: Buffer = Buffer.alloc(0);
  #position = 0;
  #shared: Buffer | undefined;

  constructor(feed: Feed, onRead: (position: number) => void) {
    this.#feed = feed;
    this.#onRead = onRead;
  }

  /** The byte that is read next. */
  get position(): number {
    return this.#position;
  }

  get size(): number | undefined {
    return this.#feed.size;
  }

  /** The next bytes without passing them; fewer than `length` only where the source ends. */
  async peek(length: number): Promise<Buffer> {
    while (this.#rest.length < length) {
      const piece = await this.#feed.pull();
      if (piece === undefined) break;
      this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    }
    return this.#rest.subarray(0, length);
  }

  /** The next bytes; fewer than `length` only where the source ends, and no more memory than it really has. */
  async take(length: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.pieces(length)) pieces.push(piece);
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
  }

  /**
   * The next bytes as they come, without a copy.
   *
   * @param fleeting asked before each piece: true when it need not last longer than until the next, so that all
   * of them may share one buffer.
   */
  async *pieces(length: number, fleeting = () => false): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      const scratch = fleeting() ? this.#scratch(left) : undefined;
      const piece = this.#rest.length > 0 ? this.#rest : await this.#feed.pull(scratch);
      if (piece === undefined) return;
      const wanted = piece.subarray(0, left);
      this.#rest = piece.subarray(wanted.length);
      this.#position += wanted.length;
      this.#onRead(this.#position);
      left -= wanted.length;
      yield wanted;
    }
  }

  /** Goes on at a later byte, where the feed can; false where it cannot. */
  jump(position: number): boolean {
    if (this.#feed.jump === undefined) return false;
    this.#feed.jump(position);
    this.#rest = Buffer.alloc(0);
    this.#position = position;
    return true;
  }

  close(): Promise<void> {
    return this.#feed.close();
  }

  /** A buffer that takes no more than these bytes, so that none is left over that had to last. */
  #scratch(length: number): Buffer {
    this.#shared ??= Buffer.allocUnsafeSlow(READ_BYTES);
    return this.#shared.subarray(0, length);
  }
}

/**
 * A file by its path, or bytes that come one after the other. What is no regular file (a pipe, a tape) is read as a
 * stream.
 *
 * @throws Failure `io-error`, also from every read.
 */
export async function openFeed(from: string | AsyncIterable<Uint8Array>): Promise<Feed> {
  if (typeof from !== 'string') return streamFeed(from, 'standard input');
  let handle: FileHandle;
  try {
    handle = await open(from);
  } catch (error) {
    throw ioFailure(error, from);
  }
  const stat = await handle.stat();
  if (stat.isFile()) return fileFeed(handle, stat.size, from);
  await handle.close();
  return streamFeed(createReadStream(from), from);
}

function fileFeed(handle: FileHandle, size: number, path: string): Feed {
  let position = 0;
  return {
    size,
    async pull(buffer = Buffer.allocUnsafeSlow(READ_BYTES)) {
      try {
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
        position += bytesRead;
        return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead);
      } catch (error) {
        throw ioFailure(error, `${path} at byte ${position}`);
      }
    },
    jump(to) {
      position = to;
    },
    close: () => handle.close(),
  };
}

function streamFeed(stream: AsyncIterable<Uint8Array>, name: string): Feed {
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
    async close() {
      await iterator.return?.();
    },
  };
}
