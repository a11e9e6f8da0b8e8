import type { Contents } from '../archive/head.ts';
import { openResources, type ResourceLines } from '../archive/resources.ts';
import type { SecretOpener } from '../archive/secrets.ts';
import { Failure } from '../base/errors.ts';
import { INFLATED_BLOBS_BYTES } from '../base/limits.ts';
import { idOf, type KubeObject, keyOf, type ObjectId, showId } from '../base/object.ts';
import { descriptorOf } from '../foundation/catalog.ts';
import type { KindDescriptor } from '../foundation/descriptor.ts';

/** The archive's objects. Of their blobs, those used last are inflated; the others wait as they came, compressed. */
export class ObjectStore {
  readonly #archive: Contents;
  readonly #opener: SecretOpener | undefined;
  readonly #places = new Map<string, { readonly blob: number; readonly line: number }>();
  /** By number, the one used last at the end; `bytes` are known once it is there. */
  readonly #inflated = new Map<number, { lines: Promise<ResourceLines>; bytes: number }>();
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
    this.#places.clear();
    for (const [blob, resource] of this.#archive.plan.resources.entries()) {
      const { group, kind, title } = resource;
      const descriptor = descriptorOf(group, kind);
      if (descriptor?.role !== 'truth') {
        const message = `the archive holds objects of the kind ${kind}, which are never restored`;
        throw new Failure('refused', message, { subject: title });
      }
      // Nobody comes back to a blob so soon: kept, they would take the memory that layers are sent through meanwhile.
      const lines = await openResources(this.#archive, resource, this.#opener);
      for (let line = 0; line < lines.length; line++) {
        const object = lines.object(line);
        const key = keyOf(idOf(object));
        if (this.#places.has(key))
          throw new Failure('damaged', `it has ${showId(idOf(object))} a second time`, { subject: title });
        this.#places.set(key, { blob, line });
        yield { descriptor, object };
      }
    }
  }

  /** Whether {@link all} has yielded it. */
  has(id: ObjectId): boolean {
    return this.#places.has(keyOf(id));
  }

  /** An object that {@link all} has yielded before. */
  async get(id: ObjectId): Promise<KubeObject> {
    const place = this.#places.get(keyOf(id));
    if (place === undefined)
      throw new Failure('internal', 'the object is not in the archive', { subject: keyOf(id) });
    return (await this.#lines(place.blob)).object(place.line);
  }

  #lines(blob: number): Promise<ResourceLines> {
    const held = this.#inflated.get(blob) ?? { lines: this.#inflate(blob), bytes: 0 };
    this.#inflated.delete(blob);
    this.#inflated.set(blob, held);
    return held.lines;
  }

  async #inflate(number: number): Promise<ResourceLines> {
    const blob = this.#archive.plan.resources[number];
    if (blob === undefined) throw new Failure('internal', 'there is no such resource blob');
    const lines = await openResources(this.#archive, blob, this.#opener);
    const held = this.#inflated.get(number);
    if (held !== undefined) held.bytes = lines.bytes;
    this.#inflatedBytes += lines.bytes;
    this.#makeRoom(number);
    return lines;
  }

  /** Lets go of blobs that were not used for long, but never of this one. */
  #makeRoom(keep: number): void {
    for (const [number, { bytes }] of this.#inflated) {
      if (this.#inflatedBytes <= INFLATED_BLOBS_BYTES) return;
      if (number === keep || bytes === 0) continue;
      this.#inflated.delete(number);
      this.#inflatedBytes -= bytes;
    }
  }
}
