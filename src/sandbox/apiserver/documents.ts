import type { Answer, Call } from './call.ts';
import {
  aggregatedDocument,
  coreDocument,
  groupDocument,
  groupsDocument,
  groupsOf,
  resourcesDocument,
} from './discovery.ts';
import type { Kind } from './kind.ts';
import { openApiDocument } from './openapi.ts';
import { noSuchResource } from './status-error.ts';

/** The version of Kubernetes whose rules are followed. */
export const KUBERNETES_VERSION = 'v1.34.4';

const VERSION_DOCUMENT = {
  major: '1',
  minor: '34',
  gitVersion: KUBERNETES_VERSION,
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: 'embedded/asa-backup',
};

/** Everything that is no resource: discovery, version, health. */
export function generalDocument(call: Call, kinds: readonly Kind[]): Answer {
  if (call.method !== 'GET' && call.method !== 'HEAD') throw noSuchResource();
  switch (call.path) {
    case '/healthz':
    case '/livez':
    case '/readyz':
      return { status: 200, headers: { 'content-type': 'text/plain' }, body: 'ok' };
    case '/version':
      return { status: 200, body: VERSION_DOCUMENT };
    case '/api':
    case '/apis':
      return rootDocument(call, kinds, call.path);
  }
  const schema = openApiDocument(call.path, kinds);
  if (schema !== undefined) return { status: 200, body: schema };
  const [, root, ...parts] = call.path.split('/');
  const document =
    root === 'api' ? documentOf(kinds, '', ...parts) : documentOf(kinds, parts[0] ?? '', ...parts.slice(1));
  if ((root !== 'api' && root !== 'apis') || document === undefined) throw noSuchResource();
  return { status: 200, body: document };
}

function rootDocument(call: Call, kinds: readonly Kind[], path: '/api' | '/apis'): Answer {
  const root = path === '/api' ? 'api' : 'apis';
  if (call.headers.accept?.includes('g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList')) {
    const type = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    return { status: 200, headers: { 'content-type': type }, body: aggregatedDocument(kinds, root) };
  }
  return { status: 200, body: root === 'api' ? coreDocument(kinds) : groupsDocument(kinds) };
}

function documentOf(
  kinds: readonly Kind[],
  group: string,
  version?: string,
  ...rest: string[]
): object | undefined {
  if (rest.length > 0) return undefined;
  if (version !== undefined) return resourcesDocument(kinds, group, version);
  return groupsOf(kinds).includes(group) ? groupDocument(kinds, group) : undefined;
}
