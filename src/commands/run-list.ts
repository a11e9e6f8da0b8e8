import type { KubeObject } from '../base/object.ts';
import { connectCluster } from '../cluster/client.ts';
import { LISTED } from '../foundation/catalog.ts';
import { OVERVIEW_KINDS, overviewOf } from '../foundation/overview.ts';
import type { ListResult } from '../progress/results.ts';
import { clusterOptions } from './flags/cluster.ts';
import { readSelection, type SelectionFlagValues } from './selection.ts';

/** What a foundation is made of, as people know it; kinds that it has not are no fault. */
export async function listFoundation(
  flags: Parameters<typeof clusterOptions>[0] & SelectionFlagValues,
): Promise<ListResult> {
  const { org, space, app } = flags;
  const chosen = readSelection({ org, space, app });
  const cluster = await connectCluster(clusterOptions(flags));
  try {
    const surface = await cluster.discover();
    const kinds = LISTED.filter(({ kind }) => OVERVIEW_KINDS.includes(kind));
    const lists = kinds.map(async ({ group, kind, versions }) => {
      const resource = surface.find(group, kind, versions);
      const objects: KubeObject[] = [];
      if (resource !== undefined) for await (const page of cluster.list(resource)) objects.push(...page);
      return objects;
    });
    const objects = (await Promise.all(lists)).flat();
    return { context: cluster.context, server: cluster.server, ...overviewOf(objects, chosen) };
  } finally {
    await cluster.close();
  }
}
