import type { KubeObject, ObjectId } from '../base/object.ts';
import { ApiFailure, type Cluster } from '../cluster/cluster.ts';
import { LEASES } from './run-lease.ts';

const OWNER = 'coordination.cloudfoundry.org/owner';

/**
 * Korifi holds a name by a Lease, made by a webhook before the object itself. When a request breaks off in between, as
 * when this program is killed, the Lease stays without its object, and refuses the name for ever (korifi#1718).
 */
export async function namesReservedFor(
  owners: readonly ObjectId[],
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<KubeObject[]> {
  const keys = new Set(owners.map(({ namespace = '', name }) => `${namespace}/${name}`));
  const found: KubeObject[] = [];
  for await (const page of cluster.list(LEASES, signal === undefined ? {} : { signal })) {
    for (const lease of page) {
      const { annotations = {} } = lease.metadata;
      const [namespace, name] = [annotations[`${OWNER}-namespace`], annotations[`${OWNER}-name`]];
      if (namespace !== undefined && keys.has(`${namespace}/${name}`)) found.push(lease);
    }
  }
  return found;
}

/** Lets go of names whose objects are not there; returns how many. */
export async function releaseNames(
  leases: readonly KubeObject[],
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<number> {
  for (const { metadata } of leases) {
    const only = { ...(metadata.uid !== undefined && { uid: metadata.uid }) };
    await cluster.delete(LEASES, metadata.namespace, metadata.name, { only, ...(signal && { signal }) });
  }
  return leases.length;
}

/** What Korifi's webhooks say of a name that is held. */
export function isNameHeld(error: unknown): boolean {
  return error instanceof ApiFailure && error.status === 403 && error.message.includes('DuplicateNameError');
}
