import type { Hash } from 'node:crypto';
import { type Digest, hashFor } from '../base/digest.ts';
import { ASIDE_PIECE_BYTES, ASIDE_PIECES } from '../base/limits.ts';
import type { Source } from './source.ts';
import { checkDigest, type Entry, incomplete } from './tar-reader.ts';

/** A place up to which a layer has been hashed. */
interface Mark {
  readonly at: number;
  readonly hash: Hash;
}

/**
 * A layer of a file, read beside the pass over the archive and beside other layers, from any place and again.
 *
 *     read(from, to)  begins at the last mark before `from`; what lies in between is read, but not given out
 *     at `to`         sets a mark, so that whoever goes on there, or comes back to it, need not begin at the beginning
 *     the last piece  is given out only when everything before it, and it, is what the digest says
 */
export class LayerBytes {
  readonly #source: Source;
  readonly #entry: Entry;
  readonly #digest: Digest;
  /** The byte of the archive at which it begins. */
  readonly #start: number;
  readonly #marks: Mark[];
  #isChecked = false;

  constructor(source: Source, entry: Entry, start: number, digest: Digest) {
    this.#source = source;
    this.#entry = entry;
    this.#digest = digest;
    this.#start = start;
    this.#marks = [{ at: 0, hash: hashFor(digest) }];
  }

  /** Reads it, unless it has been read to its end by whoever took it. */
  async check(): Promise<void> {
    if (!this.#isChecked) for await (const _ of this.read(0, this.#entry.size));
  }

  /**
   * Its bytes from one place to another. A piece is the consumer's until two further ones of ASIDE_PIECE_BYTES have been
   * asked for.
   *
   * @throws Failure `damaged`, `incomplete` or `io-error`, as of the whole archive.
   */
  async *read(from: number, to: number): AsyncGenerator<Buffer> {
    const { at, hash } = this.#marks.findLast(mark => mark.at <= from) ?? {
      at: 0,
      hash: hashFor(this.#digest),
    };
    try {
      yield* ahead(this.#hashed({ at, hash: hash.copy() }, from, to));
    } catch (error) {
      throw await this.#source.blame(error, this.#start, this.#start + this.#entry.size);
    }
  }

  async *#hashed({ at, hash }: Mark, from: number, to: number): AsyncGenerator<Buffer> {
    let passed = at;
    const ring = new BufferRing();
    const next = () => ring.next();
    for await (const piece of this.#source.readAside(this.#start + at, this.#start + to, next)) {
      hash.update(piece);
      passed += piece.length;
      if (passed === to) this.#reached({ at: to, hash });
      if (passed <= from) continue;
      const wanted = piece.subarray(Math.max(0, piece.length - (passed - from)));
      ring.took(wanted);
      yield wanted;
    }
    if (passed < to) throw incomplete(`it ends in the middle of ${this.#entry.name}`, this.#start + passed);
  }

  #reached(mark: Mark): void {
    if (mark.at < this.#entry.size) {
      if (mark.at > (this.#marks.at(-1)?.at ?? 0)) this.#marks.push(mark);
      return;
    }
    checkDigest(this.#entry, this.#digest, mark.hash.digest('hex'));
    this.#isChecked = true;
  }
}

/**
 * Buffers that are filled in turn. Who sends has one of them under way, and may have asked for the next by then; one
 * more is filled meanwhile. A piece that does not fill its buffer keeps it: several small ones may be under way.
 */
class BufferRing {
  readonly #buffers: Buffer[] = [];
  #turn = 0;

  next(): Buffer {
    this.#buffers[this.#turn] ??= Buffer.allocUnsafeSlow(ASIDE_PIECE_BYTES);
    return this.#buffers[this.#turn] as Buffer;
  }

  took({ length }: Buffer): void {
    if (length < ASIDE_PIECE_BYTES) delete this.#buffers[this.#turn];
    else this.#turn = (this.#turn + 1) % ASIDE_PIECES;
  }
}

/** The same pieces, each of which is made while the one before is used. */
async function* ahead(pieces: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    for (let next = pieces.next(); ; ) {
      const { value, done } = await next;
      if (done) return;
      next = pieces.next();
      next.catch(() => undefined); // whoever asks for it hears of it
      yield value;
    }
  } finally {
    await pieces.return(undefined);
  }
}
