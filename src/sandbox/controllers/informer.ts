import type { KubeObject } from '../../base/object.ts';
import type { ApiResource, Cluster } from '../../cluster/cluster.ts';
import { apiVersionOf } from '../kinds.ts';
import { LISTS_IN_FLIGHT } from '../limits.ts';
import { listAll } from './list.ts';
import { inParallel } from './parallel.ts';
import { Places } from './places.ts';
import { Served } from './served.ts';

/** A write that a server tells of. */
export interface ToldChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly kind: { readonly group: string; readonly kind: string };
  /** As it is now, or was last; it must not change any more. */
  readonly object: KubeObject;
}

/** Tells the listener of every write, in order. Returns how to unsubscribe. */
export type Subscribe = (listener: (change: ToldChange) => void) => () => void;

/**
 * What is in a cluster: listed anew at every look, or, where the server tells of its writes, listed once and kept
 * up to date.
 */
export class Informer {
  readonly #cluster: Cluster;
  readonly #told: boolean;
  readonly #served: Served;
  readonly #objects = new Map<ApiResource, Places>();
  #changes = new Map<string, ToldChange[]>();

  constructor(cluster: Cluster, told: boolean) {
    this.#cluster = cluster;
    this.#told = told;
    this.#served = new Served(cluster);
  }

  tell(change: ToldChange): void {
    const key = keyOf(change.kind);
    const changes = this.#changes.get(key);
    if (changes === undefined) this.#changes.set(key, [change]);
    else changes.push(change);
  }

  /** All objects of the kinds that are served now. */
  async look(): Promise<ReadonlyMap<ApiResource, Places>> {
    const served = await this.#served.kinds();
    const changes = this.#changes;
    this.#changes = new Map();
    for (const kind of this.#objects.keys()) if (!served.includes(kind)) this.#objects.delete(kind);
    await inParallel(LISTS_IN_FLIGHT, served, async kind => {
      const known = this.#objects.get(kind);
      if (known === undefined || !this.#told) {
        this.#objects.set(kind, new Places(await listAll(this.#cluster, kind)));
      } else {
        for (const change of changes.get(keyOf(kind)) ?? []) apply(known, kind, change);
      }
    });
    return this.#objects;
  }

  /** Lists everything at the next look: what was told since the last one is lost. */
  forget(): void {
    this.#objects.clear();
  }
}

function apply(places: Places, kind: ApiResource, { type, object }: ToldChange): void {
  if (type === 'DELETED') places.remove(object);
  else places.put({ ...object, apiVersion: apiVersionOf(kind), kind: kind.kind });
}

function keyOf({ group, kind }: ToldChange['kind']): string {
  return `${kind}.${group}`;
}
