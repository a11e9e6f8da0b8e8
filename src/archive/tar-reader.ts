import { type Digest, hashFor, hexOf } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import { PADDING_BYTES } from '../base/limits.ts';
import { paddingAfter, TRAILER_BYTES } from './layout.ts';
import type { Source } from './source.ts';
import { BLOCK, decodeHeader, headerSizeOf, isZero } from './tar.ts';

/** An entry whose body is about to pass. */
export interface Entry {
  name: string;
  size: number;
  /** The byte at which its header stands. */
  offset: number;
}

/** Reads the entries of a tar in the one form that archives have. */
export class TarReader {
  readonly source: Source;
  /** The byte at which the entry begins that is being read. */
  #entryAt = 0;

  constructor(source: Source) {
    this.source = source;
  }

  /**
   * The next entry.
   *
   * @param expected what must come at the latest, for the message when the tar ends instead.
   * @throws Failure `incomplete` or `damaged`.
   */
  async next(expected: string): Promise<Entry> {
    const offset = this.source.position;
    this.#entryAt = offset;
    const first = await this.source.take(BLOCK);
    if (first.length === 0 || (first.length === BLOCK && isZero(first))) {
      throw incomplete(`it ends before its ${expected}`, offset);
    }
    const more = first.length < BLOCK ? first : await this.source.take(headerSizeOf(first) - BLOCK);
    if (first.length < BLOCK || more.length < headerSizeOf(first) - BLOCK) {
      throw incomplete('it ends in the middle of a tar header', offset);
    }
    const header = decodeHeader(more.length === 0 ? first : Buffer.concat([first, more]));
    if ('problem' in header) throw damaged(header.problem, `the entry at byte ${offset}`);
    return { ...header, offset };
  }

  /** False where the tar ends, or the source does. */
  async hasNext(): Promise<boolean> {
    const block = await this.source.peek(BLOCK);
    return block.length > 0 && !isZero(block);
  }

  /** An entry's whole body, which the caller has found small enough. */
  async take(entry: Entry): Promise<Buffer> {
    const bytes = await this.source.take(entry.size);
    if (bytes.length < entry.size) throw this.#cut(entry);
    await this.passPadding(entry);
    return bytes;
  }

  /**
   * An entry's body as it comes, checked against its digest; the last piece is given out only when all is right. As
   * of {@link Source.pieces}.
   */
  async *verified(entry: Entry, digest: Digest): AsyncGenerator<Buffer> {
    const hash = hashFor(digest);
    let left = entry.size;
    for await (const piece of this.source.pieces(entry.size)) {
      hash.update(piece);
      left -= piece.length;
      if (left === 0) checkDigest(entry, digest, hash.digest('hex'));
      yield piece;
    }
    if (left > 0) throw this.#cut(entry);
    if (entry.size === 0) checkDigest(entry, digest, hash.digest('hex'));
    await this.passPadding(entry);
  }

  /** The end of the tar, after which nothing but zeros may come. */
  async end(): Promise<void> {
    const offset = this.source.position;
    const trailer = await this.source.take(TRAILER_BYTES);
    if (!isZero(trailer))
      throw damaged('something other than the end of the tar follows the seal', `byte ${offset}`);
    if (trailer.length < TRAILER_BYTES)
      throw incomplete('it ends in the middle of the end of the tar', offset);
    const padding = await this.source.take(PADDING_BYTES + 1);
    if (padding.length > PADDING_BYTES || !isZero(padding)) {
      throw damaged('something follows the end of the tar', `byte ${offset + TRAILER_BYTES}`);
    }
  }

  /** What went wrong in the entry that is being read, with more about where if that is known. */
  blame(error: unknown): Promise<unknown> {
    return this.source.blame(error, this.#entryAt);
  }

  /** The zeros after a body; `take` and `verified` pass them by themselves. */
  async passPadding(entry: Entry): Promise<void> {
    const padding = await this.source.take(paddingAfter(entry.size));
    if (padding.length < paddingAfter(entry.size)) throw this.#cut(entry);
    if (!isZero(padding)) throw damaged('it is not padded with zeros', placeOf(entry));
  }

  #cut(entry: Entry): Failure {
    return incomplete(`it ends in the middle of ${entry.name}`, this.source.position);
  }
}

/** How messages name an entry. */
export function placeOf(entry: Entry): string {
  return `${entry.name} at byte ${entry.offset}`;
}

/** The failure of an archive that is wrong somewhere; the subject says where. */
export function damaged(message: string, subject: string): Failure {
  return new Failure('damaged', message, {
    subject,
    hints: ['copy the archive again from where it was made, or make a new backup'],
  });
}

/** The failure of an archive that ends too early, at this byte. */
export function incomplete(message: string, offset: number): Failure {
  return new Failure('incomplete', `the archive is incomplete: ${message}`, {
    subject: `byte ${offset}`,
    hints: ['copy the archive again from where it was made, or make a new backup'],
  });
}

export function checkDigest(entry: Entry, digest: Digest, hex: string): void {
  if (hex === hexOf(digest)) return;
  throw damaged('its bytes do not have the digest that its name states', placeOf(entry));
}

/** @throws Failure `damaged` for another entry than the plan has there */
export function expectEntry(entry: Entry, name: string, size = entry.size): void {
  if (entry.name !== name) {
    throw damaged(
      `it stands where ${name} must be, by the plan`,
      placeOf({ ...entry, name: JSON.stringify(entry.name) }),
    );
  }
  if (entry.size !== size) {
    throw damaged(`it has ${entry.size} bytes, and the plan says ${size}`, placeOf(entry));
  }
}
