import { type Digest, hashFor } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import type { BlobsAside } from './head.ts';
import type { Source } from './source.ts';
import { headerSize } from './tar.ts';
import { checkDigest, type Entry, incomplete } from './tar-reader.ts';

/** How resource blobs begin: a zstd frame (RFC 8878), an age file. */
const BEGINNINGS = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), Buffer.from('age-encryption.org/')];
const BEGINNING_BYTES = Math.max(...BEGINNINGS.map(({ length }) => length));

/**
 * Blobs of the head that stay where they are, in a source that can be read here and there. They were right when they
 * passed; the medium may be another one by the time when they are read, so they are checked each time.
 */
export class ArchiveBlobs implements BlobsAside {
  readonly #source: Source;
  readonly #places = new Map<Digest, Entry>();

  constructor(source: Source) {
    this.#source = source;
  }

  /**
   * Whether what comes next looks like a resource blob and can stay where it is. Only the plan, which comes later, says
   * what it is: {@link takeOthers}.
   */
  async isWorthLeaving(): Promise<boolean> {
    if (!this.#source.hasAside || this.#source.size === undefined) return false;
    const start = await this.#source.peek(BEGINNING_BYTES);
    return BEGINNINGS.some(beginning => start.subarray(0, beginning.length).equals(beginning));
  }

  leave(digest: Digest, entry: Entry): void {
    this.#places.set(digest, entry);
  }

  /** Brings those into memory that are none of these after all. */
  async takeOthers(resources: ReadonlySet<Digest>): Promise<[Digest, Buffer][]> {
    const taken: [Digest, Buffer][] = [];
    for (const digest of [...this.#places.keys()].filter(one => !resources.has(one))) {
      taken.push([digest, await this.read(digest)]);
      this.#places.delete(digest);
    }
    return taken;
  }

  sizeOf(digest: Digest): number | undefined {
    return this.#places.get(digest)?.size;
  }

  async read(digest: Digest): Promise<Buffer> {
    const entry = this.#places.get(digest);
    if (entry === undefined)
      throw new Failure('internal', 'a blob is read that was not left in the archive', { subject: digest });
    const start = entry.offset + headerSize(entry.name);
    try {
      return await this.#readChecked(digest, entry, start);
    } catch (error) {
      throw await this.#source.blame(error, start, start + entry.size);
    }
  }

  async #readChecked(digest: Digest, entry: Entry, start: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(entry.size);
    let read = 0;
    const rest = () => bytes.subarray(read);
    for await (const piece of this.#source.readAside(start, start + entry.size, rest)) read += piece.length;
    if (read < entry.size) throw incomplete(`it ends in the middle of ${entry.name}`, start + read);
    checkDigest(entry, digest, hashFor(digest).update(bytes).digest('hex'));
    return bytes;
  }
}
