import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../src/base/object.ts';
import type { Side } from './stage.ts';

export const CF = 'korifi.cloudfoundry.org/v1alpha1';
/** Staging by a real build service takes minutes. */
const PATIENCE_MS = 20 * 60_000;
const LOOK_MS = 1000;

/** Makes objects of Korifi's kinds. */
export function maker({ cluster, resource }: Side) {
  return (kind: string, name: string, namespace: string, spec: object, metadata: object = {}) =>
    cluster.create(resource(kind), {
      apiVersion: CF,
      kind,
      metadata: { name, namespace, ...metadata },
      spec,
    });
}

/** Makes a Secret that goes with its owner. */
export async function secret(
  { cluster, resource }: Side,
  namespace: string,
  name: string,
  values: Readonly<Record<string, string>>,
  { apiVersion, kind, metadata }: KubeObject,
  type = 'Opaque',
): Promise<void> {
  const ownerReferences = [{ apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' }];
  const stringData = values;
  await cluster.create(resource('Secret', ''), {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, ownerReferences },
    type,
    stringData,
  });
}

/** Whether it is ready. */
export function ready({ status }: KubeObject): boolean {
  return condition(status, 'Ready');
}

/** Whether a condition is true. */
export function condition(status: KubeObject['status'], wanted: string): boolean {
  return (status?.conditions ?? []).some(
    ({ type, status: is }: { type: string; status: string }) => type === wanted && is === 'True',
  );
}

/** The object as soon as it is as wanted. */
export async function waitFor(
  side: Side,
  kind: string,
  name: string,
  namespace: string,
  wanted: (object: KubeObject) => boolean,
  group?: string,
): Promise<KubeObject> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const live = await side.cluster.get(side.resource(kind, group), namespace, name);
    if (live !== undefined && wanted(live)) return live;
    if (Date.now() > end)
      throw new Error(
        `${kind} ${name} did not get ready on ${side.context}: ${JSON.stringify(live?.status)}`,
      );
    await sleep(LOOK_MS);
  }
}
