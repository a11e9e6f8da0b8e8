import { groupsOf, versionsOf } from './discovery.ts';
import type { Kind } from './kind.ts';

const ROOT = '/openapi/v3';

/**
 * OpenAPI v3 as far as kubectl asks it before it writes: which kinds there are, and that the server itself would check
 * their fields. No schemas are told. Undefined when the path is none of these documents.
 */
export function openApiDocument(path: string, kinds: readonly Kind[]): object | undefined {
  const roots = groupsOf(kinds).flatMap(group =>
    versionsOf(kinds, group).map(version => ({ group, version })),
  );
  if (path === ROOT) {
    const entries = roots.map(({ group, version }) => [
      rootOf(group, version),
      { serverRelativeURL: `${ROOT}/${rootOf(group, version)}` },
    ]);
    return { paths: Object.fromEntries(entries) };
  }
  const found = roots.find(({ group, version }) => path === `${ROOT}/${rootOf(group, version)}`);
  if (found === undefined) return undefined;
  const served = kinds.filter(({ group }) => group === found.group);
  const paths = served.map(kind => [pathOf(kind, found.version), { patch: patchOf(kind, found.version) }]);
  const info = { title: 'Kubernetes', version: 'unversioned' };
  return { openapi: '3.0.0', info, paths: Object.fromEntries(paths), components: { schemas: {} } };
}

function rootOf(group: string, version: string): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

function pathOf(kind: Kind, version: string): string {
  const scope = kind.namespaced ? '/namespaces/{namespace}' : '';
  return `/${rootOf(kind.group, version)}${scope}/${kind.plural}/{name}`;
}

function patchOf(kind: Kind, version: string): object {
  return {
    parameters: ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map(name => ({ name, in: 'query' })),
    responses: {},
    'x-kubernetes-action': 'patch',
    'x-kubernetes-group-version-kind': { group: kind.group, version, kind: kind.kind },
  };
}
