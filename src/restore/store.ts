import type { Contents } from '../archive/head.ts';
import { openResources, type ResourceLines } from '../archive/resources.ts';
import type { SecretOpener } from '../archive/secrets.ts';
import { Failure } from '../base/errors.ts';
import { Ints } from '../base/ints.ts';
import { INFLATED_BLOBS_BYTES } from '../base/limits.ts';
import { idOf, type KubeObject, keyOf, type ObjectId, showId } from '../base/object.ts';
import { descriptorOf } from '../foundation/catalog.ts';
import type { KindDescriptor } from '../foundation/descriptor.ts';
import { Names } from '../foundation/names.ts';

const NOWHERE = -1;

interface Inflated {
  readonly lines: Promise<ResourceLines>;
  /** The same, once they are there. */
  there?: ResourceLines;
}

/** The archive's objects. Of their blobs, those used last are inflated; the others wait as they came, compressed. */
export class ObjectStore {
  readonly #archive: Contents;
  readonly #opener: SecretOpener | undefined;
  /** Who its objects are, and whoever else was asked for. */
  readonly names = new Names();
  /** By the number of an identity: which blob the object is in, or {@link NOWHERE}, and which line of it. */
  readonly #blobOf = new Ints();
  readonly #lineOf = new Ints();
  /** By number, the one used last at the end. */
  readonly #inflated = new Map<number, Inflated>();
  #inflatedBytes = 0;

  constructor(archive: Contents, opener: SecretOpener | undefined) {
    this.#archive = archive;
    this.#opener = opener;
  }

  /**
   * Every object once, in the archive's order, with its descriptor; from the beginning each time.
   * @throws Failure `refused` for a kind that the catalog does not restore: the archive is not trusted with others;
   * `damaged` for an object that was there before.
   */
  async *all(): AsyncGenerator<{ descriptor: KindDescriptor; object: KubeObject }> {
    for (const [blob, resource] of this.#archive.plan.resources.entries()) {
      const { group, kind, title } = resource;
      const descriptor = descriptorOf(group, kind);
      if (descriptor?.role !== 'truth') {
        const message = `the archive holds objects of the kind ${kind}, which are never restored`;
        throw new Failure('refused', message, { subject: title });
      }
      // Nobody comes back to a blob so soon: kept, they would take the memory that layers are sent through meanwhile.
      using lines = await openResources(this.#archive, resource, this.#opener);
      for (let line = 0; line < lines.length; line++) {
        const object = lines.object(line);
        const id = idOf(object);
        if (!this.#place(id, blob, line))
          throw new Failure('damaged', `it has ${showId(id)} a second time`, { subject: title });
        yield { descriptor, object };
      }
    }
  }

  /** Whether {@link all} has yielded it. */
  has(id: ObjectId): boolean {
    return this.#find(id) !== undefined;
  }

  /** An object that {@link all} has yielded before. */
  async get(id: ObjectId): Promise<KubeObject> {
    const number = this.#find(id);
    if (number === undefined)
      throw new Failure('internal', 'the object is not in the archive', { subject: keyOf(id) });
    for (;;) {
      const lines = await this.#lines(this.#blobOf.at(number));
      // While this waited, others may have needed the room.
      if (!lines.isGone) return lines.object(this.#lineOf.at(number));
    }
  }

  #find(id: ObjectId): number | undefined {
    const number = this.names.find(id);
    const isHere =
      number !== undefined && number < this.#blobOf.length && this.#blobOf.at(number) !== NOWHERE;
    return isHere ? number : undefined;
  }

  /** Notes where an object is; false when it is somewhere else already. */
  #place(id: ObjectId, blob: number, line: number): boolean {
    const number = this.names.numberOf(id);
    while (this.#blobOf.length <= number) {
      this.#blobOf.push(NOWHERE);
      this.#lineOf.push(0);
    }
    const known = this.#blobOf.at(number);
    if (known !== NOWHERE) return known === blob && this.#lineOf.at(number) === line;
    this.#blobOf.set(number, blob);
    this.#lineOf.set(number, line);
    return true;
  }

  #lines(blob: number): Promise<ResourceLines> {
    const held = this.#inflated.get(blob) ?? { lines: this.#inflate(blob) };
    this.#inflated.delete(blob);
    this.#inflated.set(blob, held);
    return held.lines;
  }

  async #inflate(number: number): Promise<ResourceLines> {
    const blob = this.#archive.plan.resources[number];
    if (blob === undefined) throw new Failure('internal', 'there is no such resource blob');
    const lines = await openResources(this.#archive, blob, this.#opener);
    const held = this.#inflated.get(number);
    if (held !== undefined) held.there = lines;
    this.#inflatedBytes += lines.bytes;
    this.#makeRoom(number);
    return lines;
  }

  /** Lets go of blobs that were not used for long, but never of this one. */
  #makeRoom(keep: number): void {
    for (const [number, { there }] of this.#inflated) {
      if (this.#inflatedBytes <= INFLATED_BLOBS_BYTES) return;
      if (number === keep || there === undefined) continue;
      this.#inflated.delete(number);
      this.#inflatedBytes -= there.bytes;
      there[Symbol.dispose]();
    }
  }
}
