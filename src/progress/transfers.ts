/** One blob on its way. Sizes are bytes. */
export interface Transfer {
  readonly digest: string;
  /** What needs it, as people name it. */
  readonly for: string;
  readonly size: number;
  bytes: number;
}

/**
 * The blobs of a run, each counted once by its digest: one that is shared, or started anew after a broken
 * connection, adds nothing twice, so the sum never falls.
 */
export class Transfers {
  readonly #inFlight = new Map<string, Transfer>();
  readonly #settled = new Set<string>();
  #settledBytes = 0;
  #inFlightBytes = 0;

  /** Bytes that need no more work, and those of blobs in flight that have passed. Never falls. */
  get bytes(): number {
    return this.#settledBytes + this.#inFlightBytes;
  }

  get settled(): number {
    return this.#settled.size;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  start(digest: string, size: number, purpose: string): void {
    if (this.#settled.has(digest) || this.#inFlight.has(digest)) return;
    this.#inFlight.set(digest, { digest, for: purpose, size, bytes: 0 });
  }

  progress(digest: string, bytes: number): void {
    const transfer = this.#inFlight.get(digest);
    if (transfer === undefined) return;
    const upTo = Math.min(bytes, transfer.size);
    if (upTo <= transfer.bytes) return;
    this.#inFlightBytes += upTo - transfer.bytes;
    transfer.bytes = upTo;
  }

  /** False when the blob was settled before. A size below what had passed already is raised to it. */
  settle(digest: string, size: number): boolean {
    if (this.#settled.has(digest)) return false;
    const passed = this.#inFlight.get(digest)?.bytes ?? 0;
    this.#inFlight.delete(digest);
    this.#inFlightBytes -= passed;
    this.#settledBytes += Math.max(size, passed);
    this.#settled.add(digest);
    return true;
  }

  /** Settles a blob that will never arrive: its bytes are no longer waited for. */
  giveUp(digest: string): void {
    const transfer = this.#inFlight.get(digest);
    if (transfer !== undefined) this.settle(digest, transfer.size);
  }

  /**
   * The largest in flight, which are those that people wait for; the order is stable while they run. What has come
   * whole and waits for its turn stands behind.
   */
  largest(number: number): Transfer[] {
    const whole = ({ bytes, size }: Transfer) => Number(bytes === size);
    return [...this.#inFlight.values()]
      .sort((a, b) => whole(a) - whole(b) || b.size - a.size)
      .slice(0, number);
  }
}
