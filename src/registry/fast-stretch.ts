import type { Part, Room } from './ranges.ts';

/** What became of a part; `left`: the answer ended before its turn came. */
type PartOutcome = 'filled' | 'unusual' | 'broken' | 'left';

/** A part's buffer, and how much of it has come. */
interface Target extends Room {
  filled: number;
  readonly settle: (outcome: PartOutcome) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Bytes of a blob that one request asks for, and where they go: the parts that follow one another in it bring their
 * buffers in order, while the answer comes or before. Where there is no buffer, the bytes wait.
 */
export class Stretch {
  /** Of the whole blob. */
  readonly size: number;
  readonly from: number;
  /** Behind its last byte. */
  readonly end: number;
  readonly #targets: Target[] = [];
  /** Where the part begins that may be brought next, and how far the bytes have come. */
  #brought: number;
  #at: number;
  #ended = false;
  /** Called when there is room again. */
  onRoom: () => void = () => undefined;
  /** Called when nobody wants any more of it. */
  onLeave: () => void = () => undefined;

  constructor({ offset, length, end }: Part, size: number) {
    this.size = size;
    this.from = offset;
    this.end = end ?? offset + length;
    this.#brought = offset;
    this.#at = offset;
  }

  get isWhole(): boolean {
    return this.from === 0 && this.end === this.size;
  }

  get isComplete(): boolean {
    return this.#at === this.end;
  }

  get hasRoom(): boolean {
    return this.#targets.length > 0;
  }

  /** Whether nobody waits for it, and none can: it is settled, or was given up. */
  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Whether this part is the next one. */
  goesOnWith({ offset, length }: Part): boolean {
    return !this.#ended && offset === this.#brought && offset + length <= this.end;
  }

  /** Where the next part goes. */
  bring({ into, onFilled }: Room): Promise<PartOutcome> {
    this.#brought += into.length;
    return new Promise((settle, fail) => {
      this.#targets.push({ into, onFilled, filled: 0, settle, fail });
      this.onRoom();
    });
  }

  /** Where up to `most` of the next bytes may be read to; never the last one of all, behind which more might come. */
  room(most: number): Buffer | undefined {
    const [target] = this.#targets;
    if (target === undefined) return undefined;
    const { into, filled } = target;
    const left = Math.min(into.length - filled, most, this.end - this.#at - 1);
    return left > 0 ? into.subarray(filled, filled + left) : undefined;
  }

  /** So many bytes were read to the {@link room}. */
  took(length: number): void {
    const [target] = this.#targets;
    if (target === undefined) return;
    target.filled += length;
    this.#at += length;
    target.onFilled?.(target.filled);
    if (target.filled === target.into.length) this.#next();
  }

  /** Copies what finds room, and returns how many bytes did. */
  put(bytes: Buffer): number {
    let done = 0;
    while (done < bytes.length) {
      const [target] = this.#targets;
      if (target === undefined || this.isComplete) break;
      const copied = bytes.copy(target.into, target.filled, done);
      done += copied;
      this.took(copied);
    }
    return done;
  }

  /**
   * No more will come, and whoever waits is told. The last part hears only now that it is there, when its connection is
   * free again; and of a broken answer, all parts but the one that it broke in may be asked for anew.
   */
  settle(outcome: Exclude<PartOutcome, 'left'>): void {
    this.#ended = true;
    for (const [at, { settle }] of this.#targets.splice(0).entries()) {
      settle(outcome === 'broken' && at > 0 ? 'left' : outcome);
    }
  }

  /** It could not be asked for. */
  fail(error: unknown): void {
    this.#ended = true;
    for (const { fail } of this.#targets.splice(0)) fail(error);
  }

  /** Its other parts will not be asked for. */
  leave(): void {
    this.settle('broken');
    this.onLeave();
  }

  #next(): void {
    if (!this.isComplete) this.#targets.shift()?.settle('filled');
  }
}
