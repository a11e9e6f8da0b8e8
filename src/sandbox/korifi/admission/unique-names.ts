import type { KubeObject } from '../../../base/object.ts';
import type { KorifiConfig } from '../config.ts';
import type { TakenName } from './leases.ts';

interface Uniqueness {
  /** Undefined for objects whose name need not be unique. */
  name(object: KubeObject, config: KorifiConfig): TakenName;
  taken(object: KubeObject): string;
}

function byDisplayName(
  entity: string,
  taken: (name: string) => string,
  field: 'displayName' | 'name' = 'displayName',
): Uniqueness {
  return {
    name: ({ metadata, spec }) => ({
      entity,
      namespace: metadata.namespace ?? '',
      name: String(spec[field]).toLowerCase(),
    }),
    taken: ({ spec }) => taken(spec[field]),
  };
}

/** What must be unique of which kind, and what Korifi says when it is not. */
export const UNIQUE: Readonly<Record<string, Uniqueness>> = {
  CFOrg: byDisplayName('cforg', name => `Organization '${name}' already exists.`),
  CFSpace: byDisplayName(
    'cfspace',
    name => `Space '${name}' already exists. Name must be unique per organization.`,
  ),
  CFApp: byDisplayName('app', name => `App with the name '${name}' already exists.`),
  CFServiceInstance: byDisplayName('serviceinstance', name => `The service instance name is taken: ${name}`),
  CFServiceBroker: byDisplayName('servicebroker', () => 'Name must be unique', 'name'),
  CFSecurityGroup: byDisplayName(
    'securityGroup',
    name => `Security group with name '${name}' already exists.`,
  ),
  CFServiceBinding: {
    name: (binding, { release }) => ({
      entity: 'servicebinding',
      namespace: binding.metadata.namespace ?? '',
      name: release.bindingName(binding),
    }),
    taken: ({ spec }) =>
      `Service binding already exists: App: ${spec.appRef.name} Service Instance: ${spec.service.name}`,
  },
  CFRoute: {
    name: ({ spec }, { rootNamespace }) => ({
      entity: 'route',
      namespace: rootNamespace,
      name: [spec.host.toLowerCase(), spec.domainRef.namespace, spec.domainRef.name, spec.path ?? ''].join(
        '::',
      ),
    }),
    taken: ({ spec }) =>
      `Route already exists with host '${spec.host}' and path '${spec.path ?? ''}' for domain '${spec.domainRef.name}'.`,
  },
};
