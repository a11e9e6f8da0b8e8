import { sleep } from '../../base/concurrency.ts';
import type { KubeObject, ObjectId } from '../../base/object.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { KORIFI } from '../../foundation/kinds/common.ts';
import type { Report } from '../../progress/events.ts';
import { LEASES } from '../guard.ts';

/** Korifi's webhooks let go of a name within the request that deletes its object; the rest is for slow lists. */
const PATIENCE_MS = 15_000;
const INTERVAL_MS = 250;
const OWNER = 'coordination.cloudfoundry.org/owner';

interface NamesOptions {
  readonly cluster: Cluster;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Korifi holds a name by a Lease that nothing owns. One that stays behind refuses the name for ever (korifi#1718), so
 * those that still name an object that this undo has removed are waited for, and then deleted.
 */
export async function waitForNames(removed: readonly ObjectId[], options: NamesOptions): Promise<void> {
  const { cluster, report, signal } = options;
  const owners = new Set(removed.filter(({ group }) => group === KORIFI).map(ownerKey));
  if (owners.size === 0) return;
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const orphans = await orphanedNames(owners, cluster, signal);
    if (orphans.length === 0) return;
    const subject = 'names in Korifi';
    if (Date.now() > deadline) {
      report({ type: 'waited', subject });
      for (const { metadata } of orphans) {
        const only = { ...(metadata.uid !== undefined && { uid: metadata.uid }) };
        await cluster.delete(LEASES, metadata.namespace, metadata.name, { only, ...(signal && { signal }) });
      }
      report({ type: 'note', text: `${orphans.length} names that Korifi still held were let go of` });
      return;
    }
    report({ type: 'waiting', subject, for: 'them to be let go of', left: orphans.length });
    await sleep(INTERVAL_MS, signal);
  }
}

async function orphanedNames(
  owners: ReadonlySet<string>,
  cluster: Cluster,
  signal: AbortSignal | undefined,
): Promise<KubeObject[]> {
  const found: KubeObject[] = [];
  for await (const page of cluster.list(LEASES, signal === undefined ? {} : { signal })) {
    for (const lease of page) {
      const { annotations = {} } = lease.metadata;
      const [namespace, name] = [annotations[`${OWNER}-namespace`], annotations[`${OWNER}-name`]];
      if (namespace !== undefined && owners.has(`${namespace}/${name}`)) found.push(lease);
    }
  }
  return found;
}

function ownerKey({ namespace = '', name }: ObjectId): string {
  return `${namespace}/${name}`;
}
