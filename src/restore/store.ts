import type { Contents } from '../archive/head.ts';
import type { ResourceBlob } from '../archive/plan.ts';
import { readObjects } from '../archive/resources.ts';
import type { SecretOpener } from '../archive/secrets.ts';
import { Failure } from '../base/errors.ts';
import { idOf, type KubeObject, keyOf, type ObjectId } from '../base/object.ts';
import { descriptorOf } from '../foundation/catalog.ts';
import type { KindDescriptor } from '../foundation/descriptor.ts';

/** Blobs that are kept parsed: the waves go through the blobs one after the other, with a few kinds side by side. */
const PARSED_BLOBS = 4;

/** The archive's objects, parsed a blob at a time: the blobs stay compressed, so that many fit in little memory. */
export class ObjectStore {
  readonly #archive: Contents;
  readonly #opener: SecretOpener | undefined;
  readonly #places = new Map<string, { readonly blob: number; readonly line: number }>();
  readonly #parsed = new Map<number, Promise<KubeObject[]>>();

  constructor(archive: Contents, opener: SecretOpener | undefined) {
    this.#archive = archive;
    this.#opener = opener;
  }

  /**
   * Every object once, in the archive's order, with its descriptor.
   * @throws Failure `refused` for a kind that the catalog does not restore: the archive is not trusted with others.
   */
  async *all(): AsyncGenerator<{ descriptor: KindDescriptor; object: KubeObject }> {
    for (const [blob, { group, kind, title }] of this.#archive.plan.resources.entries()) {
      const descriptor = descriptorOf(group, kind);
      if (descriptor?.role !== 'truth') {
        const message = `the archive holds objects of the kind ${kind}, which are never restored`;
        throw new Failure('refused', message, { subject: title });
      }
      for (const [line, object] of (await this.#objects(blob)).entries()) {
        this.#places.set(keyOf(idOf(object)), { blob, line });
        yield { descriptor, object };
      }
    }
  }

  /** An object that {@link all} has yielded before. */
  async get(id: ObjectId): Promise<KubeObject> {
    const place = this.#places.get(keyOf(id));
    const object = place && (await this.#objects(place.blob))[place.line];
    if (object === undefined)
      throw new Failure('internal', 'the object is not in the archive', { subject: keyOf(id) });
    return object;
  }

  #objects(blob: number): Promise<KubeObject[]> {
    const parsed = this.#parsed.get(blob) ?? this.#parse(this.#archive.plan.resources[blob]);
    // Most recently used last.
    this.#parsed.delete(blob);
    this.#parsed.set(blob, parsed);
    for (const oldest of this.#parsed.keys()) {
      if (this.#parsed.size <= PARSED_BLOBS) break;
      this.#parsed.delete(oldest);
    }
    return parsed;
  }

  async #parse(blob: ResourceBlob | undefined): Promise<KubeObject[]> {
    if (blob === undefined) throw new Failure('internal', 'there is no such resource blob');
    return Array.fromAsync(readObjects(this.#archive, blob, this.#opener));
  }
}
