import type { KubeObject } from '../../../base/object.ts';
import type { TakenName } from './leases.ts';

interface Uniqueness {
  /** Undefined for objects whose name need not be unique. */
  name(object: KubeObject, rootNamespace: string): TakenName;
  taken(object: KubeObject): string;
}

function byDisplayName(entity: string, taken: (name: string) => string): Uniqueness {
  return {
    name: ({ metadata, spec }) => ({
      entity,
      namespace: metadata.namespace ?? '',
      name: String(spec.displayName).toLowerCase(),
    }),
    taken: ({ spec }) => taken(spec.displayName),
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
  CFServiceBinding: {
    name: ({ metadata, spec }) => ({
      entity: 'servicebinding',
      namespace: metadata.namespace ?? '',
      // Of the service's namespace only what is written there, which mostly is nothing.
      name: `sb::${spec.appRef.name}::${spec.service.namespace ?? ''}::${spec.service.name}`,
    }),
    taken: ({ spec }) =>
      `Service binding already exists: App: ${spec.appRef.name} Service Instance: ${spec.service.name}`,
  },
  CFRoute: {
    name: ({ spec }, rootNamespace) => ({
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
