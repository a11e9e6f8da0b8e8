import { Failure } from '../base/errors.ts';
import { type Head, readBlob, type SmallEntry, sealOf } from './head.ts';
import { blobName, ENTRY, entryBytes, paddingAfter, TRAILER_BYTES } from './layout.ts';
import { type PlannedLayer, SECOND_VERSION } from './plan.ts';
import { Listing, type Seal, writeSeal } from './seal.ts';
import { type SealSigner, SIGNATURE_BYTES, signSeal } from './signature.ts';
import type { Sink } from './sink.ts';
import { BLOCK, encodeHeader } from './tar.ts';
import type { Point } from './unfinished.ts';

/** A layer on its way, with the bytes of it that passed so far. */
interface OpenLayer {
  readonly layer: PlannedLayer;
  written: number;
}

const ZEROS = Buffer.alloc(BLOCK);

/**
 * Writes an archive in one pass: the head, the layers' bytes as they come, the seal. Whatever throws, the archive
 * cannot be finished any more, and the sink is to be aborted.
 *
 * ```
 * const head = layOut({ plan, blobs });
 * const writer = new ArchiveWriter(sink, head);
 * await writer.writeHead();
 * for await (const { index, chunk } of registries.blobs(…)) await writer.writeLayer(index, chunk);
 * await writer.seal();
 * await sink.commit();
 * ```
 */
export class ArchiveWriter {
  readonly #sink: Sink;
  readonly #head: Head;
  readonly #signer: SealSigner | undefined;
  readonly #listing = new Listing();
  /** Index in `head.layers` of the next layer to be started. */
  #next = 0;
  #open: OpenLayer | undefined;

  /** @param signer signs the seal; the plan has a version that knows signatures then. */
  constructor(sink: Sink, head: Head, signer?: SealSigner) {
    this.#sink = sink;
    this.#head = head;
    this.#signer = signer;
    if (signer !== undefined && head.plan.formatVersion < SECOND_VERSION)
      throw new Failure('internal', 'an archive of this version cannot be signed');
  }

  /** @throws Failure `refused` when the sink has no room for the whole archive; nothing is written then. */
  async writeHead(): Promise<void> {
    await this.#expect();
    for (const entry of this.#head.entries) await this.#writeSmall(entry);
  }

  /** Goes on where an archive was left: instead of {@link writeHead}, with a sink that stands at that point. */
  async resume({ index, passed }: Point): Promise<void> {
    const { layers, entries } = this.#head;
    await this.#expect();
    for (const { name, digest, size } of entries) this.#listing.add(name, size, digest);
    for (const { digest, size } of layers.slice(0, index)) this.#listing.add(blobName(digest), size, digest);
    this.#next = index;
    if (passed === 0) return;
    const open = this.#start();
    open.written = passed;
    if (passed === open.layer.size) await this.#endLayer(open);
  }

  /**
   * Writes the next bytes of a layer, given by its index in `head.layers`. Layers come in the order of the plan; the
   * next index ends the layer before. The chunk is the caller's again when the promise resolves. That the bytes have the
   * layer's digest is for the caller to know: a registry's client has checked them, and hashing is what costs most.
   *
   * @throws Failure `content-mismatch` when the layer before is not what the plan says, or this one is too long.
   */
  async writeLayer(index: number, chunk: Buffer): Promise<void> {
    const header = await this.#advanceTo(index);
    const open = this.#open;
    if (open === undefined) throw new Failure('internal', `layer ${index} is written after its end`);
    open.written += chunk.length;
    if (open.written > open.layer.size) throw mismatch(open, `more than ${open.layer.size} bytes came`);
    await this.#sink.write(header === undefined ? [chunk] : [header, chunk]);
    if (open.written === open.layer.size) await this.#endLayer(open);
  }

  /**
   * Ends the archive.
   *
   * @throws Failure `content-mismatch` when a layer is not whole, `refused` when it is not signed.
   */
  async seal(later: Pick<Seal, 'losses' | 'drift'> = { losses: [], drift: [] }): Promise<Seal> {
    await this.#advanceTo(this.#head.layers.length);
    const seal = sealOf(this.#head, this.#listing, later);
    const bytes = writeSeal(seal);
    const last = [encodeHeader(ENTRY.seal, bytes.length), bytes, padding(bytes.length)];
    if (this.#signer !== undefined) {
      const signature = await signSeal(bytes, this.#signer);
      last.push(encodeHeader(ENTRY.signature, signature.length), signature, padding(signature.length));
    }
    await this.#sink.write([...last, Buffer.alloc(TRAILER_BYTES)]);
    return seal;
  }

  #expect(): Promise<void> {
    const signature = this.#signer === undefined ? 0 : entryBytes(ENTRY.signature, SIGNATURE_BYTES);
    const { totalBytes, backup, plan } = this.#head;
    return this.#sink.expect(totalBytes + signature, { backup, createdAt: plan.createdAt });
  }

  async #writeSmall({ name, digest, size, bytes }: SmallEntry): Promise<void> {
    const body = bytes ?? (await readBlob(this.#head, digest));
    await this.#sink.write([encodeHeader(name, size), body, padding(size)]);
    this.#listing.add(name, size, digest);
  }

  /** Ends every layer before this one; the header of this one is returned when it starts here. */
  async #advanceTo(index: number): Promise<Buffer | undefined> {
    if (this.#open !== undefined && index >= this.#next) {
      throw mismatch(this.#open, `${this.#open.written} of ${this.#open.layer.size} bytes came`);
    }
    while (this.#next < index) {
      // Nothing is ever written of an empty layer, so it is passed over here.
      const open = this.#start();
      await this.#sink.write([encodeHeader(blobName(open.layer.digest), 0)]);
      if (open.layer.size > 0) throw mismatch(open, 'none of its bytes came');
      await this.#endLayer(open);
    }
    if (this.#next !== index || index === this.#head.layers.length) return undefined;
    const { layer } = this.#start();
    return encodeHeader(blobName(layer.digest), layer.size);
  }

  #start(): OpenLayer {
    const layer = this.#head.layers[this.#next];
    if (layer === undefined) throw new Failure('internal', `the plan has no layer ${this.#next}`);
    this.#next += 1;
    this.#open = { layer, written: 0 };
    return this.#open;
  }

  async #endLayer({ layer }: OpenLayer): Promise<void> {
    await this.#sink.write([padding(layer.size)]);
    this.#listing.add(blobName(layer.digest), layer.size, layer.digest);
    this.#open = undefined;
  }
}

function padding(size: number): Buffer {
  return ZEROS.subarray(0, paddingAfter(size));
}

function mismatch({ layer }: OpenLayer, message: string): Failure {
  return new Failure('content-mismatch', `a layer is not what the plan says: ${message}`, {
    subject: layer.digest,
  });
}
