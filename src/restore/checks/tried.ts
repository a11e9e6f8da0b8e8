import type { ApiSurface, Cluster } from '../../cluster/cluster.ts';
import type { Inventory } from '../inventory.ts';
import type { ObjectStore } from '../store.ts';
import type { Mapping } from '../transform.ts';

/** A restore as checks of its objects see it: what there is, what becomes of it, and the cluster that it is for. */
export interface TriedRestore {
  readonly inventory: Inventory;
  readonly store: ObjectStore;
  readonly mapping: Mapping;
  readonly cluster: Cluster;
  readonly surface: ApiSurface;
  readonly signal?: AbortSignal | undefined;
}
