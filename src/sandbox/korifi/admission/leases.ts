import { createHash } from 'node:crypto';
import type { KubeObject } from '../../../base/object.ts';
import { ApiFailure, type Cluster } from '../../../cluster/cluster.ts';
import { KINDS } from '../../kinds.ts';

/** A name that only one object may have. */
export interface TakenName {
  /** `cforg`, `cfspace`, `app`, `route`, `serviceinstance`, `servicebinding` */
  readonly entity: string;
  /** Where the Lease is kept; the name is unique in it. */
  readonly namespace: string;
  readonly name: string;
}

/** `n-` and the SHA-1 of `entity::name`, as Korifi names its Leases. */
export function leaseName({ entity, name }: TakenName): string {
  return `n-${createHash('sha1').update(`${entity}::${name}`).digest('hex')}`;
}

/** False when somebody has the name: also when a Lease was restored before its object, or left by a failed create. */
export async function takeName(cluster: Cluster, taken: TakenName, owner: KubeObject): Promise<boolean> {
  const key = 'coordination.cloudfoundry.org';
  const annotations = {
    [`${key}/entity-type`]: taken.entity,
    [`${key}/namespace`]: taken.namespace,
    [`${key}/name`]: taken.name,
    [`${key}/owner-namespace`]: owner.metadata.namespace ?? '',
    [`${key}/owner-name`]: owner.metadata.name,
  };
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: leaseName(taken), namespace: taken.namespace, annotations },
    spec: { holderIdentity: 'none' },
  };
  try {
    await cluster.create(KINDS.Lease, lease);
    return true;
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 409) return false;
    throw error;
  }
}

/** Gives the name back; nothing happens when nobody held it. */
export async function releaseName(cluster: Cluster, taken: TakenName): Promise<void> {
  await cluster.delete(KINDS.Lease, taken.namespace, leaseName(taken));
}
