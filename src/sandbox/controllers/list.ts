import type { KubeObject } from '../../base/object.ts';
import type { ApiResource, Cluster } from '../../cluster/cluster.ts';

/** All objects of a kind. */
export async function listAll(cluster: Cluster, kind: ApiResource): Promise<KubeObject[]> {
  const all: KubeObject[] = [];
  const pages = cluster.list(kind, {
    onRestart: () => {
      all.length = 0;
    },
  });
  for await (const page of pages) all.push(...page);
  return all;
}
