import { type ApiCluster, connectCluster } from '../../cluster/client.ts';
import type { Report } from '../../progress/events.ts';
import { clusterOptions } from '../flags/cluster.ts';

/** The cluster that the flags name, with its retries among the progress events. */
export function openCluster(
  flags: Parameters<typeof clusterOptions>[0],
  report: Report,
): Promise<ApiCluster> {
  return connectCluster({
    ...clusterOptions(flags),
    onRetry: ({ request, ...retry }) => report({ type: 'retry', subject: request, ...retry }),
  });
}
