import { connectCluster } from '../../cluster/client.ts';
import { listWhereServed } from '../../cluster/served.ts';
import { LISTED } from '../../foundation/catalog.ts';
import { OVERVIEW_KINDS, overviewOf } from '../../foundation/overview.ts';
import type { ListResult } from '../../progress/results/foundation.ts';
import { TRACE, traceRequests } from '../../progress/trace.ts';
import { clusterOptions } from '../flags/cluster.ts';
import { readSelection, type SelectionFlagValues } from '../from-flags/selection.ts';

/** What a foundation is made of, as people know it; kinds that it has not are no fault. */
export async function listFoundation(
  flags: Parameters<typeof clusterOptions>[0] & SelectionFlagValues & { readonly v: number },
): Promise<ListResult> {
  const { org, space, app } = flags;
  const chosen = readSelection({ org, space, app });
  const isTraced = flags.v >= TRACE.requests;
  const untrace = traceRequests(flags.v, line => process.stderr.write(`${line}\n`));
  const cluster = await connectCluster({ ...clusterOptions(flags), brief: !isTraced });
  try {
    const kinds = LISTED.filter(({ kind }) => OVERVIEW_KINDS.includes(kind));
    const objects = await listWhereServed(cluster, kinds);
    return { context: cluster.context, server: cluster.server, ...overviewOf(objects, chosen) };
  } finally {
    untrace();
    await cluster.close();
  }
}
