import { Failure } from '../base/errors.ts';
import { LIST_PAGE_OBJECTS } from '../base/limits.ts';
import type { ObjectId } from '../base/object.ts';
import type { ApiResource, Cluster } from '../cluster/cluster.ts';
import type { KindDescriptor } from '../foundation/descriptor.ts';
import { Names } from '../foundation/names.ts';
import type { Wave } from '../foundation/waves.ts';
import { idIn } from './conflicts.ts';

/** Up to so many objects of a kind in a wave are asked for one by one. */
const ASKED_ONE_BY_ONE = 50;
/** A target that has so many times what is to be made is not listed to its end: asking costs less then. */
const WORTH_LISTING = 10;

/**
 * Which objects of a wave the target lacks. Before each create somebody has to look: an empty target is asked once a kind
 * and not once an object. What was not there when the kind was listed may have come since; the create says so then.
 */
export class Presence {
  readonly #cluster: Cluster;
  readonly #signal: AbortSignal | undefined;
  /** Of the wave at hand, the kinds with many objects: how many. */
  #many = new Map<string, number>();
  /** By kind: what is there; undefined where that was not worth knowing. */
  #listed = new Map<string, Promise<Names | undefined>>();

  constructor(cluster: Cluster, signal?: AbortSignal) {
    this.#cluster = cluster;
    this.#signal = signal;
  }

  /** Forgets what it knows: a wave begins. */
  begin({ nodes }: Wave): void {
    this.#listed = new Map();
    this.#many = new Map();
    for (const { step, descriptor } of nodes) {
      if (step === 'create')
        this.#many.set(nameOf(descriptor), (this.#many.get(nameOf(descriptor)) ?? 0) + 1);
    }
  }

  /** True when it was not there; false when it has to be looked for. */
  async lacks(resource: ApiResource, id: ObjectId): Promise<boolean> {
    const kind = nameOf(resource);
    const wanted = this.#many.get(kind) ?? 0;
    if (wanted <= ASKED_ONE_BY_ONE) return false;
    const listing = this.#listed.get(kind) ?? this.#list(resource, wanted);
    this.#listed.set(kind, listing);
    const there = await listing;
    return there !== undefined && there.find(id) === undefined;
  }

  async #list(resource: ApiResource, wanted: number): Promise<Names | undefined> {
    const there = new Names();
    const signal = this.#signal;
    try {
      for await (const page of this.#cluster.list(resource, {
        metadataOnly: true,
        ...(signal && { signal }),
      })) {
        for (const object of page) there.numberOf(idIn(resource, object));
        if (there.size > WORTH_LISTING * wanted + LIST_PAGE_OBJECTS) return undefined;
      }
      return there;
    } catch (error) {
      if (error instanceof Failure && error.code === 'forbidden') return undefined;
      throw error;
    }
  }
}

function nameOf({ group, kind }: Pick<KindDescriptor, 'group' | 'kind'>): string {
  return `${kind}.${group}`;
}
