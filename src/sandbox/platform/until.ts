import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../base/errors.ts';
import type { KubeObject } from '../../base/object.ts';
import type { ApiResource, Cluster } from '../../cluster/cluster.ts';

const LOOK_MS = 10;
/** Generous: a loaded machine with real servers takes a while. */
const DEADLINE_MS = 120_000;

/** The object once it is as wanted. @throws Failure `timeout` after `deadline` milliseconds */
export async function until(
  cluster: Cluster,
  kind: ApiResource,
  namespace: string | undefined,
  name: string,
  wanted: (object: KubeObject) => boolean,
  deadline = DEADLINE_MS,
): Promise<KubeObject> {
  const end = Date.now() + deadline;
  while (Date.now() < end) {
    const object = await cluster.get(kind, namespace, name);
    if (object !== undefined && wanted(object)) return object;
    await sleep(LOOK_MS);
  }
  throw new Failure('timeout', `${kind.kind} ${name} did not become as expected within ${deadline / 1000} s`);
}
