import type { Digest } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import { AHEAD_BLOB_BYTES, AHEAD_BYTES } from '../base/limits.ts';
import type { Descriptor } from './descriptor.ts';
import type { WantedPart } from './ranges.ts';

/**
 * Small blobs that came with the answer to whether they are there. To send such a blob costs a near registry hardly more
 * than to look for it, and of a far one it saves a round trip. What finds no room is fetched when its turn comes.
 */
export class Ahead {
  /** Undefined while a blob is under way. */
  readonly #held = new Map<Digest, Buffer | undefined>();
  #bytes = 0;

  /**
   * Fetches a blob with `read` and holds it: whether it is there. Undefined when there is no room for it, or it is here
   * from another repository already.
   */
  async fetch(
    { digest, size }: Descriptor,
    read: (into: Buffer) => Promise<boolean>,
  ): Promise<boolean | undefined> {
    if (size > AHEAD_BLOB_BYTES || this.#bytes + size > AHEAD_BYTES || this.#held.has(digest))
      return undefined;
    this.#held.set(digest, undefined);
    this.#bytes += size;
    const room = Buffer.allocUnsafeSlow(size);
    const isThere = await read(room).catch(error => {
      this.#release(digest, size);
      if (error instanceof Failure && error.code === 'registry-missing') return false;
      throw error;
    });
    if (isThere) this.#held.set(digest, room);
    else this.#release(digest, size);
    return isThere;
  }

  /** Fills a part of a blob; false when the blob is not here. With its last part it is forgotten. */
  give({ digest }: Descriptor, { offset, length, into }: WantedPart): boolean {
    const bytes = this.#held.get(digest);
    if (bytes === undefined) return false;
    bytes.copy(into, 0, offset, offset + length);
    if (offset + length === bytes.length) this.#release(digest, bytes.length);
    return true;
  }

  #release(digest: Digest, size: number): void {
    if (this.#held.delete(digest)) this.#bytes -= size;
  }
}
