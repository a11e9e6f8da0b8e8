import { createHash } from 'node:crypto';
import type { KubeObject } from '../../base/object.ts';
import { ApiFailure, type ApiResource, type Cluster } from '../../cluster/cluster.ts';
import { listAll } from '../controllers/list.ts';
import { Places } from '../controllers/places.ts';
import { KINDS } from '../kinds.ts';

/** All objects of a cluster at one time. */
export class View {
  readonly #kinds: ReadonlyMap<ApiResource, Places>;

  private constructor(kinds: ReadonlyMap<ApiResource, Places>) {
    this.#kinds = kinds;
  }

  /** Kinds that the cluster does not serve are empty. */
  static async of(cluster: Cluster): Promise<View> {
    const kinds = new Map<ApiResource, Places>();
    for (const kind of Object.values(KINDS)) {
      kinds.set(kind, new Places(await listServed(cluster, kind)));
    }
    return new View(kinds);
  }

  all(kind: ApiResource): KubeObject[] {
    return this.#kinds.get(kind)?.all() ?? [];
  }

  in(kind: ApiResource, namespace: string | undefined): KubeObject[] {
    return this.#kinds.get(kind)?.in(namespace) ?? [];
  }

  find(kind: ApiResource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#kinds.get(kind)?.find(namespace, name);
  }
}

async function listServed(cluster: Cluster, kind: ApiResource): Promise<KubeObject[]> {
  try {
    return await listAll(cluster, kind);
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 404) return [];
    throw error;
  }
}

/** Tells values apart without telling them: what is compared is often a credential. */
export function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
