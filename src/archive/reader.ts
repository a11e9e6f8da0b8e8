import type { Digest } from '../base/digest.ts';
import { type ArchiveLayer, ofBase, type WaysToBytes } from './archive-layer.ts';
import { Bases } from './bases.ts';
import { BufferRings } from './buffer-rings.ts';
import { type Head, sealOffset } from './head.ts';
import { LayerBytes } from './layer-bytes.ts';
import { blobName, entryBytes } from './layout.ts';
import type { PlannedLayer } from './plan.ts';
import type { Seal } from './seal.ts';
import { SealReader } from './seal-reader.ts';
import type { SealSignature } from './signature.ts';
import type { AllowedSigner } from './ssh/allowed-signers.ts';
import { headerSize } from './tar.ts';
import { type Entry, expectEntry, type TarReader } from './tar-reader.ts';

/** An archive whose head has been read and checked. */
export class ArchiveReader {
  readonly head: Head;
  readonly #tar: TarReader;
  /** Index in the plan of the next layer to pass. */
  #next = 0;
  /** Brings what has not passed yet of the layer that was given out last behind us. */
  #pass: () => Promise<void> = async () => {};
  /** What was taken out of the pass. */
  readonly #aside: LayerBytes[] = [];
  readonly #rings = new BufferRings();

  readonly #seal: SealReader;
  /** The byte at which the entry of each layer begins. */
  #places: ReadonlyMap<Digest, Entry> | undefined;
  /** What it left to others, where that is at hand: these layers are among {@link layers} then. */
  bases = new Bases([]);

  constructor(tar: TarReader, head: Head, signers?: readonly AllowedSigner[]) {
    this.#tar = tar;
    this.head = head;
    this.#seal = new SealReader(tar, head, signers);
  }

  /** Whether a layer of the plan can be had, here or of a base. */
  has(layer: PlannedLayer): boolean {
    return !layer.inBase || this.bases.has(layer);
  }

  /**
   * A layer that is in this archive, from where it stands, on the side of what passes. Undefined where it is not here, or
   * the source cannot be read here and there.
   */
  layer(digest: Digest): LayerBytes | undefined {
    const { source } = this.#tar;
    this.#places ??= placesIn(this.head);
    const entry = source.hasAside ? this.#places.get(digest) : undefined;
    return entry && new LayerBytes(source, this.#rings, entry, entry.offset + headerSize(entry.name), digest);
  }

  /** Whether parts come one by one, as they are asked for: a pass over them is one over all media. */
  get asksForParts(): boolean {
    const { hasParts, hasAside } = this.#tar.source;
    return hasParts && !hasAside;
  }

  /** Bytes that {@link checkParts} reads; 0 where the archive and its bases are in one file. */
  get partBytes(): number {
    return (this.#tar.source.hasParts ? this.head.totalBytes : 0) + this.bases.partBytes;
  }

  /**
   * Reads the parts of the archive and of its bases against their digests; those that are not there are asked for. What
   * passes here is not moved by it.
   */
  async checkParts(onRead: (bytes: number) => void): Promise<void> {
    const { source } = this.#tar;
    if (source.hasParts) await source.checkParts(onRead);
    await this.bases.checkParts(onRead);
  }

  /** By whom the archive is signed; known once its seal has been read. */
  get signature(): SealSignature | undefined {
    return this.#seal.signature;
  }

  /** Where somebody has to have signed and the source can jump, the seal is read before all else. */
  async checkAhead(): Promise<void> {
    this.#seal.checkHead();
    if (this.#seal.mustBeSigned) await this.#readSealAhead();
  }

  /**
   * Reads the seal, and to the end, before the layers, and goes on where it was. What it says of them is checked, their
   * bytes are not: the archive is known to be whole in shape then, and to be of one piece.
   *
   * @returns false where the source cannot jump, or where the seal is on a medium that would have to be asked for:
   * then it comes when all others have.
   */
  async sealAhead(): Promise<boolean> {
    return this.#tar.source.size !== undefined && this.#readSealAhead();
  }

  async #readSealAhead(): Promise<boolean> {
    const { source } = this.#tar;
    const { position } = source;
    if (!source.jump(sealOffset(this.head))) return false;
    await this.#blaming(this.#seal.read());
    await this.#blaming(this.#tar.end());
    source.jump(position);
    return true;
  }

  /**
   * The layers, in the order of the plan, from where reading stands; those that were left to bases if these are at hand.
   */
  async *layers(): AsyncGenerator<ArchiveLayer> {
    for (;;) {
      await this.#blaming(this.#pass());
      this.#pass = async () => {};
      const index = this.#next;
      const layer = this.head.plan.layers[index];
      if (layer === undefined) return;
      this.#next += 1;
      if (layer.inBase) {
        if (!this.bases.has(layer)) continue;
        yield { layer, index, ...ofBase(this.bases, layer) };
        continue;
      }
      const entry = await this.#blaming(this.#layerEntry(layer));
      yield { layer, index, ...this.#passing(entry, layer) };
    }
  }

  /**
   * Leaves the layers out and goes on at the seal, which needs a file; of the layers nothing is checked then but
   * that the seal stands where they end.
   *
   * @returns false where the source cannot jump; {@link finish} will read the layers then.
   */
  skipLayers(): boolean {
    const jumped = this.#tar.source.jump(sealOffset(this.head));
    if (jumped) this.#next = this.head.plan.layers.length;
    return jumped;
  }

  /**
   * Reads, and checks, the layers that are left here, and the seal. Only now is it known that the archive is whole. Of
   * bases nothing is read.
   */
  async finish(): Promise<Seal> {
    for await (const _ of this.layers());
    for (const bytes of this.#aside) await bytes.check();
    return this.#blaming(this.#readEnd());
  }

  /** Reading that waits for whoever writes into a pipe ends when the signal is given. */
  stopAt(signal: AbortSignal): void {
    this.#tar.source.stopAt(signal);
  }

  /** Closes its bases too. */
  async close(): Promise<void> {
    await Promise.all([this.#tar.source.close(), this.bases.close()]);
  }

  /** The ways to a layer's bytes, of an entry whose body comes next. */
  #passing(entry: Entry, layer: PlannedLayer): WaysToBytes {
    const { source } = this.#tar;
    const start = source.position;
    const body = this.#tar.verified(entry, layer.digest);
    const giveBack = (piece: Buffer) => source.giveBack(piece);
    this.#pass = async () => {
      for await (const piece of body) giveBack(piece);
    };
    // Without a `return`, so that a consumer that stops in the middle does not keep the rest from passing.
    const next = () => this.#blaming(body.next());
    const passing = { body: { [Symbol.asyncIterator]: () => ({ next }) }, giveBack };
    if (!source.hasAside) return passing;
    const bytes = new LayerBytes(source, this.#rings, entry, start, layer.digest);
    const aside = () => {
      this.#aside.push(bytes);
      this.#pass = () => {
        source.jump(start + entry.size);
        return this.#tar.passPadding(entry);
      };
      return bytes;
    };
    return {
      ...passing,
      again: () => bytes.read(0, layer.size),
      ...(source.size !== undefined && layer.size > 0 && { aside }),
    };
  }

  async #layerEntry(layer: PlannedLayer): Promise<Entry> {
    const entry = await this.#tar.next(`layer ${layer.digest}`);
    expectEntry(entry, blobName(layer.digest), layer.size);
    return entry;
  }

  async #readEnd(): Promise<Seal> {
    const seal = await this.#seal.read();
    await this.#tar.end();
    this.#tar.source.forget();
    this.#rings.forget();
    return seal;
  }

  /** Damage is told with the file that it is in, where an archive has several. */
  async #blaming<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw await this.#tar.blame(error);
    }
  }
}

/** The entries of layers, as they stand in the archive. */
function placesIn({ bytes, layers }: Head): Map<Digest, Entry> {
  let offset = bytes;
  return new Map(
    layers.map(({ digest, size }) => {
      const entry = { name: blobName(digest), size, offset };
      offset += entryBytes(entry.name, size);
      return [digest, entry] as const;
    }),
  );
}
