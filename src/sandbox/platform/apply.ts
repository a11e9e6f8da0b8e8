import type { KubeObject } from '../../base/object.ts';
import { ApiFailure, type ApiResource, type Cluster } from '../../cluster/cluster.ts';
import type { Desired } from '../controllers/world.ts';
import { apiVersionOf } from '../kinds.ts';

/** Creates the object as a user would; what is there already is left. */
export async function apply(cluster: Cluster, kind: ApiResource, desired: Desired): Promise<KubeObject> {
  const object = { ...desired, apiVersion: apiVersionOf(kind), kind: kind.kind } as KubeObject;
  try {
    return await cluster.create(kind, object);
  } catch (error) {
    if (!(error instanceof ApiFailure) || error.status !== 409) throw error;
    const { namespace, name } = object.metadata;
    return (await cluster.get(kind, namespace, name)) ?? object;
  }
}
