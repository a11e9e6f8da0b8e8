import type { KubeObject } from '../../src/base/object.ts';
import type { ApiResource, Cluster } from '../../src/cluster/cluster.ts';

/** The API server that a contract is about, with the kinds of contract-kinds.ts. */
export interface Ground {
  readonly cluster: Cluster;
  /** Waits until a definition is established and its kind served. */
  established(resource: ApiResource): Promise<void>;
  /** A name that nothing has. */
  fresh(prefix: string): string;
  /** The name of a new namespace. */
  namespace(): Promise<string>;
  /** Every object of every page. */
  all(resource: ApiResource, options: Parameters<Cluster['list']>[1]): Promise<KubeObject[]>;
}

export function referenceTo(owner: KubeObject) {
  const { apiVersion, kind, metadata } = owner;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' };
}

export async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < items.length; start += 16)
    await Promise.all(items.slice(start, start + 16).map(work));
}
