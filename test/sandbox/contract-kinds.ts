import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../src/base/object.ts';
import type { ApiResource } from '../../src/cluster/cluster.ts';

export const DEFINITIONS: ApiResource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};
export const NAMESPACES: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};
export const SECRETS: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
  namespaced: true,
};
export const CONFIG_MAPS: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};
export const PODS: ApiResource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
export const ROLE_BINDINGS: ApiResource = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'rolebindings',
  kind: 'RoleBinding',
  namespaced: true,
};
export const GROUP = 'contract.example.com';
export const WIDGETS: ApiResource = {
  group: GROUP,
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
};
export const WIDGETS_OLD: ApiResource = { ...WIDGETS, version: 'v1alpha1' };
export const PLAIN: ApiResource = {
  group: GROUP,
  version: 'v1',
  plural: 'plains',
  kind: 'Plain',
  namespaced: true,
};
export const GLOBALS: ApiResource = {
  group: GROUP,
  version: 'v1',
  plural: 'globals',
  kind: 'Global',
  namespaced: false,
};

/** Widgets have a status subresource and two versions; plains have neither; globals belong to no namespace. */
export function definition(resource: ApiResource, versions: string[], subresources: object): KubeObject {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${resource.plural}.${resource.group}` },
    spec: {
      group: resource.group,
      scope: resource.namespaced ? 'Namespaced' : 'Cluster',
      names: { plural: resource.plural, kind: resource.kind },
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        schema,
        subresources,
      })),
    },
  };
}

export function object(resource: ApiResource, metadata: object, content: object = {}): KubeObject {
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  return { apiVersion, kind: resource.kind, metadata: metadata as KubeObject['metadata'], ...content };
}

/** A real garbage collector needs up to half a minute to notice a new kind. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 80_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it did not come to pass');
    await sleep(20);
  }
}
