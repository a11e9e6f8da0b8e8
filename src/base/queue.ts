/** A bound on bytes that several producers share: `take` waits until there is room. */
export class ByteBudget {
  #free: number;
  readonly #limit: number;
  readonly #waiting: { bytes: number; resolve: () => void }[] = [];

  constructor(limit: number) {
    this.#limit = limit;
    this.#free = limit;
  }

  /** What is larger than the whole budget waits for all of it, rather than for ever. */
  async take(bytes: number): Promise<void> {
    const wanted = Math.min(bytes, this.#limit);
    if (this.#waiting.length > 0 || this.#free < wanted) {
      await new Promise<void>(resolve => this.#waiting.push({ bytes: wanted, resolve }));
      return;
    }
    this.#free -= wanted;
  }

  give(bytes: number): void {
    this.#free += Math.min(bytes, this.#limit);
    for (
      let next = this.#waiting[0];
      next !== undefined && next.bytes <= this.#free;
      next = this.#waiting[0]
    ) {
      this.#waiting.shift();
      this.#free -= next.bytes;
      next.resolve();
    }
  }
}

/**
 * Chunks on their way from one producer to one consumer, within a shared budget. `abandon` lets a consumer that
 * is done, or has failed, free its room, so that the producer can go on (and drop what comes).
 */
export class ChunkQueue implements AsyncIterable<Buffer> {
  readonly #budget: ByteBudget;
  readonly #holds: number;
  readonly #giveBack: (chunk: Buffer) => void;
  readonly #chunks: Buffer[] = [];
  /** Chunks that the consumer has taken and may still hold, oldest first. */
  readonly #held: Buffer[] = [];
  #heldBytes = 0;
  #ended = false;
  #error: unknown;
  #abandoned = false;
  #wake: (() => void) | undefined;

  /**
   * @param holds bytes that the consumer may keep of what it took last; they count until it takes as many more
   * @param giveBack called for each chunk as soon as nobody here uses it any more
   */
  constructor(budget: ByteBudget, holds = 0, giveBack: (chunk: Buffer) => void = () => {}) {
    this.#budget = budget;
    this.#holds = holds;
    this.#giveBack = giveBack;
  }

  async push(chunk: Buffer): Promise<void> {
    if (this.#abandoned) return this.#giveBack(chunk);
    await this.#budget.take(chunk.length);
    if (this.#abandoned) return this.#free(chunk);
    this.#chunks.push(chunk);
    this.#wake?.();
  }

  /** No more chunks; with an error, the consumer meets it after the chunks before it. */
  end(error?: unknown): void {
    this.#ended = true;
    this.#error = error;
    this.#wake?.();
  }

  abandon(): void {
    this.#abandoned = true;
    for (const chunk of this.#chunks.splice(0)) this.#free(chunk);
    this.#release(0);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#held.push(chunk);
        this.#heldBytes += chunk.length;
        try {
          yield chunk;
        } finally {
          this.#release(this.#holds); // only now may the consumer be through with what it had
        }
      } else if (this.#ended) {
        if (this.#error !== undefined) throw this.#error;
        return;
      } else {
        await new Promise<void>(resolve => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    }
  }

  /** Gives the oldest chunks back until no more than so many bytes are held. */
  #release(holds: number): void {
    while (this.#heldBytes > holds) {
      const oldest = this.#held.shift();
      if (oldest === undefined) return;
      this.#heldBytes -= oldest.length;
      this.#free(oldest);
    }
  }

  #free(chunk: Buffer): void {
    this.#giveBack(chunk);
    this.#budget.give(chunk.length);
  }
}
