import type { KorifiFacts } from '../archive/plan.ts';
import type { KubeObject } from '../base/object.ts';
import type { ApiSurface, Cluster } from '../cluster/cluster.ts';
import { isKorifiConfig, korifiFacts } from '../foundation/korifi-facts.ts';

/** What the target is before anything is written to it. */
export interface Target {
  readonly surface: ApiSurface;
  readonly kubernetesVersion: string;
  /** Undefined when Korifi is not installed there (yet). */
  readonly korifi: KorifiFacts | undefined;
}

/** Reads the target: its API, and Korifi's own configuration, which says where images are to go. */
export async function surveyTarget(cluster: Cluster, signal?: AbortSignal): Promise<Target> {
  const [kubernetesVersion, surface] = await Promise.all([cluster.version(signal), cluster.discover(signal)]);
  const configs: KubeObject[] = [];
  const resource = surface.find('', 'ConfigMap', ['v1']);
  if (resource !== undefined) {
    for await (const page of cluster.list(resource, signal === undefined ? {} : { signal })) {
      configs.push(...page.filter(isKorifiConfig));
    }
  }
  return { surface, kubernetesVersion, korifi: korifiFacts(configs, undefined) };
}
