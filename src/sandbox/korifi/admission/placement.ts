import type { KubeObject } from '../../../base/object.ts';
import type { Cluster } from '../../../cluster/cluster.ts';
import { listAll } from '../../controllers/list.ts';
import { KINDS } from '../../kinds.ts';
import { Denied } from './denied.ts';

/** What must hold before the object's name is taken, and after: a refusal of the latter leaves the name taken. */
export interface Placement {
  before?(object: KubeObject, cluster: Cluster, rootNamespace: string): Promise<void>;
  after?(object: KubeObject, cluster: Cluster, rootNamespace: string): Promise<void>;
}

/** The rules by kind. */
export const PLACEMENT: Readonly<Record<string, Placement>> = {
  CFOrg: {
    async before({ metadata }, _cluster, rootNamespace) {
      if (metadata.namespace === rootNamespace) return;
      throw new Denied(
        'OrgPlacementError',
        `Organization '${metadata.name}' must be placed in the root 'cf' namespace`,
      );
    },
  },
  CFSpace: {
    async after({ metadata, spec }, cluster, rootNamespace) {
      const org = metadata.namespace ?? '';
      if ((await cluster.get(KINDS.CFOrg, rootNamespace, org)) !== undefined) return;
      const message = `Organization '${org}' does not exist for Space '${spec.displayName}'`;
      throw new Denied('SpacePlacementError', message);
    },
  },
  CFDomain: {
    async before({ metadata, spec }, cluster) {
      const others = (await listAll(cluster, KINDS.CFDomain)).filter(
        other => other.metadata.uid !== metadata.uid,
      );
      if (others.some(other => overlaps(other.spec.name, spec.name))) {
        throw new Denied('DuplicateDomainError', 'Overlapping domain exists');
      }
    },
  },
  CFRoute: { before: checkRoute },
  CFTask: {
    async before({ spec }) {
      if (!spec.command)
        throw new Denied('MissingRequredFieldError', 'Task is missing required field "Spec.Command"');
      if (!spec.appRef?.name) {
        throw new Denied('MissingRequredFieldError', 'Task is missing required field "Spec.AppRef.Name"');
      }
    },
  },
};

async function checkRoute({ metadata, spec }: KubeObject, cluster: Cluster): Promise<void> {
  const { name, namespace } = spec.domainRef;
  if ((await cluster.get(KINDS.CFDomain, namespace, name)) === undefined) {
    throw new Denied('UnknownError', `error retrieving CFDomain '${namespace}/${name}'`);
  }
  if (!/^(?:\*|[a-zA-Z0-9_](?:[a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?)?$/.test(spec.host)) {
    throw new Denied('HostNameValidationError', `Host "${spec.host}" is not valid`);
  }
  if (spec.path && (!spec.path.startsWith('/') || spec.path.length > 128)) {
    throw new Denied('PathValidationError', `Path "${spec.path}" is not valid`);
  }
  const apps: string[] = (spec.destinations ?? []).map((to: { appRef: { name: string } }) => to.appRef.name);
  for (const app of apps) {
    if ((await cluster.get(KINDS.CFApp, metadata.namespace, app)) !== undefined) continue;
    throw new Denied('RouteDestinationNotInSpaceError', 'Route destination app not found in space');
  }
}

/** Equal, or one below the other. */
function overlaps(a: string, b: string): boolean {
  return a === b || a.endsWith(`.${b}`) || b.endsWith(`.${a}`);
}
