import type { Hash } from 'node:crypto';
import { type Digest, hashFor } from '../base/digest.ts';
import type { BufferRing, BufferRings } from './buffer-rings.ts';
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
  readonly #rings: BufferRings;
  /** Of the last read that came to its end. */
  #ring: BufferRing | undefined;
  #isChecked = false;

  constructor(source: Source, rings: BufferRings, entry: Entry, start: number, digest: Digest) {
    this.#source = source;
    this.#rings = rings;
    this.#entry = entry;
    this.#digest = digest;
    this.#start = start;
    this.#marks = [{ at: 0, hash: hashFor(digest) }];
  }

  /** Reads it, unless it has been read to its end by whoever took it. */
  async check(): Promise<void> {
    if (!this.#isChecked) for await (const _ of this.read(0, this.#entry.size));
  }

  /** All that was read has been used, so that its memory may serve others. */
  done(): void {
    if (this.#ring !== undefined) this.#rings.giveBack(this.#ring);
    this.#ring = undefined;
  }

  /**
   * Its bytes from one place to another. A piece is the consumer's until two further ones of ASIDE_PIECE_BYTES have been
   * asked for; the last ones, until the next read that follows on one that came to its end, or {@link done}.
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
    const ring = this.#ring ?? this.#rings.take();
    this.#ring = undefined;
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
    this.#ring = ring;
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
