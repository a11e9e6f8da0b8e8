import type { KubeObject } from '../../../src/base/object.ts';
import type { Side } from '../stage.ts';

/** The API groups whose kinds the suite makes. */
export const PACKAGING = 'packaging.carvel.dev';
export const SHARING = 'secretgen.carvel.dev';
export const GENERATING = 'secretgen.k14s.io';
export const RBAC = 'rbac.authorization.k8s.io';

/** Of what type Secrets with a registry's login are, and under which key they have it. */
export const DOCKER_CONFIG = { type: 'kubernetes.io/dockerconfigjson', key: '.dockerconfigjson' } as const;

/** Makes one object; one of a kind that belongs to no namespace without `namespace`. */
export async function make(
  { cluster, resource }: Side,
  group: string,
  kind: string,
  metadata: KubeObject['metadata'],
  content: object = {},
): Promise<KubeObject> {
  const found = resource(kind, group);
  const apiVersion = group === '' ? found.version : `${group}/${found.version}`;
  return cluster.create(found, { apiVersion, kind, metadata, ...content });
}

/** Whether a controller of Carvel's has done what the present spec asks. */
export function hasReconciled({ metadata, status }: KubeObject): boolean {
  const done = status?.conditions?.some(
    ({ type, status: is }: { type: string; status: string }) =>
      type === 'ReconcileSucceeded' && is === 'True',
  );
  return done === true && status?.observedGeneration === metadata.generation;
}
