import type { ApiResource, Cluster } from '../../cluster/cluster.ts';
import { KINDS } from '../kinds.ts';
import { isTrue } from './conditions.ts';
import { listAll } from './list.ts';

/** Which of the sandbox's kinds a cluster serves; asked again whenever its CRDs change. */
export class Served {
  readonly #cluster: Cluster;
  #signature: string | undefined;
  #kinds: ApiResource[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async kinds(): Promise<readonly ApiResource[]> {
    const established = await this.#established();
    const signature = established.sort().join();
    if (signature === this.#signature) return this.#kinds;
    const surface = await this.#cluster.discover();
    this.#kinds = Object.values(KINDS).filter(({ group, kind, version }) =>
      surface.find(group, kind, [version]),
    );
    // Discovery may lag behind the condition: a name that is established but not served yet is asked for again.
    const served = new Set(this.#kinds.map(({ plural, group }) => `${plural}.${group}`));
    const ours = new Set(Object.values(KINDS).map(({ plural, group }) => `${plural}.${group}`));
    const lagging = established.some(name => ours.has(name) && !served.has(name));
    this.#signature = lagging ? undefined : signature;
    return this.#kinds;
  }

  async #established(): Promise<string[]> {
    const definitions = await listAll(this.#cluster, KINDS.CustomResourceDefinition);
    return definitions
      .filter(definition => isTrue(definition, 'Established'))
      .map(({ metadata }) => metadata.name);
  }
}
