import { createCipheriv, createHash } from 'node:crypto';

/** The same seed, the same choices. */
export class Random {
  readonly #seed: string;
  #drawn = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** An independent source for one thing, whatever the order in which things are made. */
  for(name: string): Random {
    return new Random(`${this.#seed}/${name}`);
  }

  /** An integer from 0 to below the limit. */
  below(limit: number): number {
    return Number(BigInt(`0x${this.#draw().slice(0, 12)}`) % BigInt(limit));
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }

  /** A version 4 UUID. */
  guid(): string {
    const hex = this.#draw();
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }

  /** Letters and digits, as generated passwords are. */
  word(length: number): string {
    return Buffer.from(this.#draw(), 'hex').toString('base64url').replaceAll(/[-_]/g, 'x').slice(0, length);
  }

  /** Bytes that do not compress. */
  bytes(count: number): Buffer {
    const key = Buffer.from(this.#draw(), 'hex');
    return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(count));
  }

  #draw(): string {
    this.#drawn += 1;
    return createHash('sha256').update(`${this.#seed}#${this.#drawn}`).digest('hex');
  }
}
