import { Failure } from '../base/errors.ts';
import type { Rereadable } from './rereadable.ts';

/** A blob's bytes as they pass, of which the last ones are held so that they can be sent again. */
export class Replay implements Rereadable {
  readonly #holds: number;
  readonly #again: (() => AsyncIterable<Buffer>) | undefined;
  #source: AsyncIterator<Buffer>;
  #held: { readonly at: number; readonly bytes: Buffer }[] = [];
  #end = 0;
  #pulling: Promise<boolean> | undefined;

  /**
   * @param holds bytes to hold at least, where so many have passed
   * @param again gives the same bytes from the beginning, where that can be had
   */
  constructor(source: AsyncIterable<Buffer>, holds: number, again?: () => AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
    this.#holds = holds;
    this.#again = again;
  }

  has(offset: number): boolean {
    return offset >= (this.#held[0]?.at ?? 0) && offset <= this.#end;
  }

  rewind(): boolean {
    if (this.has(0)) return true;
    if (this.#again === undefined) return false;
    this.#source = this.#again()[Symbol.asyncIterator]();
    this.#held = [];
    this.#end = 0;
    this.#pulling = undefined;
    return true;
  }

  async *read(from: number, to: number): AsyncGenerator<Buffer> {
    for (let at = from; at < to; ) {
      const found = this.#held.find(piece => at < piece.at + piece.bytes.length);
      if (found === undefined) {
        if (!(await this.#pull())) return;
        continue;
      }
      if (found.at > at) throw new Failure('internal', `the bytes from ${at} on are not held any more`);
      const bytes = found.bytes.subarray(at - found.at, to - found.at);
      at += bytes.length;
      yield bytes;
    }
  }

  async end(): Promise<void> {
    while (await this.#pull());
  }

  /** One at a time: a request that broke off may still be waiting for the next piece when another one begins. */
  #pull(): Promise<boolean> {
    this.#pulling ??= this.#next().finally(() => {
      this.#pulling = undefined;
    });
    return this.#pulling;
  }

  async #next(): Promise<boolean> {
    const source = this.#source;
    const next = await source.next();
    // Whoever asked may be of the time before a new beginning.
    if (next.done || source !== this.#source) return !next.done;
    this.#held.push({ at: this.#end, bytes: next.value });
    this.#end += next.value.length;
    while (this.#end - (this.#held[1]?.at ?? 0) >= this.#holds && this.#held.length > 1) this.#held.shift();
    return true;
  }
}
