import { groupVersion, type Kind, type KindVersion } from './kind.ts';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const STATUS_VERBS = ['get', 'patch', 'update'];

interface Served {
  readonly kind: Kind;
  readonly version: KindVersion;
}

/** `/api` and `/apis` for who knows aggregated discovery (apidiscovery.k8s.io/v2). */
export function aggregatedDocument(kinds: readonly Kind[], root: 'api' | 'apis'): object {
  const groups = groupsOf(kinds).filter(group => (group === '') === (root === 'api'));
  const items = groups.map(group => ({
    metadata: group === '' ? {} : { name: group },
    versions: versionsOf(kinds, group).map(version => ({
      version,
      resources: servedIn(kinds, group, version).map(aggregatedResource),
      freshness: 'Current',
    })),
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

/** `/api` as it always was. */
export function coreDocument(kinds: readonly Kind[]): object {
  return { kind: 'APIVersions', versions: versionsOf(kinds, ''), serverAddressByClientCIDRs: [] };
}

/** `/apis` as it always was. */
export function groupsDocument(kinds: readonly Kind[]): object {
  const groups = groupsOf(kinds).filter(group => group !== '');
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(group => groupDocument(kinds, group)) };
}

/** `/apis/GROUP`. */
export function groupDocument(kinds: readonly Kind[], name: string): object {
  const versions = versionsOf(kinds, name).map(version => ({
    groupVersion: groupVersion(name, version),
    version,
  }));
  return { kind: 'APIGroup', apiVersion: 'v1', name, versions, preferredVersion: versions[0] };
}

/** `/api/v1`, `/apis/GROUP/VERSION`; undefined when it is not served. */
export function resourcesDocument(
  kinds: readonly Kind[],
  group: string,
  version: string,
): object | undefined {
  const served = servedIn(kinds, group, version);
  if (served.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: groupVersion(group, version),
    resources: served.flatMap(classicResources),
  };
}

export function groupsOf(kinds: readonly Kind[]): string[] {
  return [...new Set(kinds.map(({ group }) => group))];
}

export function versionsOf(kinds: readonly Kind[], group: string): string[] {
  const versions = kinds.filter(kind => kind.group === group).flatMap(kind => kind.versions);
  return [...new Set(versions.filter(({ served }) => served).map(({ name }) => name))];
}

function servedIn(kinds: readonly Kind[], group: string, wanted: string): Served[] {
  return kinds
    .filter(kind => kind.group === group)
    .flatMap(kind => kind.versions.map(version => ({ kind, version })))
    .filter(({ version }) => version.served && version.name === wanted);
}

function aggregatedResource({ kind, version }: Served): object {
  const responseKind = { group: kind.group, version: version.name, kind: kind.kind };
  return {
    resource: kind.plural,
    responseKind,
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: VERBS,
    shortNames: kind.shortNames,
    categories: kind.categories,
    ...(version.status && { subresources: [{ subresource: 'status', responseKind, verbs: STATUS_VERBS }] }),
  };
}

function classicResources({ kind, version }: Served): object[] {
  const { kind: name, namespaced, plural, shortNames, categories, singular } = kind;
  const main = {
    name: plural,
    singularName: singular,
    namespaced,
    kind: name,
    verbs: VERBS,
    shortNames,
    categories,
  };
  const status = { name: `${plural}/status`, singularName: '', namespaced, kind: name, verbs: STATUS_VERBS };
  return version.status ? [main, status] : [main];
}
