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
 * failed free its room, so that the producer can go on (and drop what comes).
 */
export class ChunkQueue implements AsyncIterable<Buffer> {
  readonly #budget: ByteBudget;
  readonly #chunks: Buffer[] = [];
  #ended = false;
  #error: unknown;
  #abandoned = false;
  #wake: (() => void) | undefined;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  async push(chunk: Buffer): Promise<void> {
    if (this.#abandoned) return;
    await this.#budget.take(chunk.length);
    if (this.#abandoned) return this.#budget.give(chunk.length);
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
    for (const chunk of this.#chunks.splice(0)) this.#budget.give(chunk.length);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        try {
          yield chunk;
        } finally {
          this.#budget.give(chunk.length); // only now is the consumer through with it
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
}
