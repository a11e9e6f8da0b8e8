import { ASIDE_PIECE_BYTES, ASIDE_PIECES } from '../base/limits.ts';

/**
 * Buffers that are filled in turn. Who sends has one of them under way, and may have asked for the next by then; one
 * more is filled meanwhile. A piece that does not fill its buffer keeps it: several small ones may be under way.
 */
export class BufferRing {
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

/** Rings that nobody uses any more, for whoever comes next: fresh memory costs as much as what is copied into it. */
export class BufferRings {
  readonly #free: BufferRing[] = [];

  take(): BufferRing {
    return this.#free.pop() ?? new BufferRing();
  }

  /** What is in it may change from now on. */
  giveBack(ring: BufferRing): void {
    this.#free.push(ring);
  }

  /** Lets go of all that are free: nothing more will be read for long. */
  forget(): void {
    this.#free.length = 0;
  }
}
