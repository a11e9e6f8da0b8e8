import type { KindDescriptor } from '../descriptor.ts';
import { BY_HELM, BY_KAPP, INSTALLERS, KORIFI, korifi, RBAC } from './common.ts';

const CF = { group: KORIFI, versions: ['v1alpha1'], namespaced: true, keep: 'all', showsAge: true } as const;
const ROLE_BINDING = { group: RBAC, kind: 'RoleBinding' } as const;

/** Domains, orgs and spaces, and what is set for them as a whole. */
export const ORGS: readonly KindDescriptor[] = [
  {
    ...CF,
    kind: 'CFDomain',
    plural: 'cfdomains',
    role: 'truth',
    meaning: 'a domain',
    immutable: ['spec.name'],
    domains: { names: 'spec.name' },
    derivedWhen: [
      {
        path: 'metadata.name',
        is: 'default-domain',
        because: 'the default domain, made by the installation from its own values',
      },
      BY_KAPP,
      BY_HELM,
    ],
    after: INSTALLERS,
  },
  {
    ...CF,
    kind: 'CFSecurityGroup',
    plural: 'cfsecuritygroups',
    role: 'truth',
    meaning: 'which addresses apps may reach',
    uniqueName: ['spec.displayName'],
    references: [
      {
        path: 'spec.spaces{}',
        to: [korifi('CFSpace')],
        in: 'any',
        order: 'free',
        optional: true,
        brings: 'source',
      },
    ],
    after: INSTALLERS,
    remark: 'has no controller, so it never becomes ready',
  },
  {
    ...CF,
    kind: 'CFOrg',
    plural: 'cforgs',
    role: 'truth',
    meaning: 'an org; its name is its GUID and the name of its namespace',
    uniqueName: ['spec.displayName'],
    after: [...INSTALLERS, korifi('CFDomain'), korifi('CFServiceBroker'), korifi('CFSecurityGroup')],
    afterInNamespace: [ROLE_BINDING],
    ready: ['Ready'],
    see: "Korifi's registry secret in the root namespace, and the logs of korifi-controllers-controller-manager",
  },
  {
    ...CF,
    kind: 'CFSpace',
    plural: 'cfspaces',
    role: 'truth',
    meaning: 'a space; its name is its GUID and the name of its namespace',
    uniqueName: ['spec.displayName'],
    references: [{ path: 'metadata.namespace', to: [korifi('CFOrg')], in: 'any', order: 'before' }],
    after: [korifi('CFOrg')],
    afterInNamespace: [ROLE_BINDING],
    ready: ['Ready'],
    see: 'the logs of korifi-controllers-controller-manager',
    remark: 'never before its org: that leaves a lock of its name behind which refuses it for ever',
  },
];

/** Routes. */
export const ROUTES: readonly KindDescriptor[] = [
  {
    ...CF,
    kind: 'CFRoute',
    plural: 'cfroutes',
    role: 'truth',
    meaning: 'a route and the apps to which it leads',
    uniqueName: ['spec.host', 'spec.domainRef.name', 'spec.path'],
    uniqueEverywhere: true,
    immutable: ['spec.host', 'spec.path', 'spec.protocol', 'spec.domainRef'],
    domains: { objects: ['spec.domainRef.name'] },
    references: [
      {
        path: 'spec.domainRef.name',
        to: [korifi('CFDomain')],
        in: { beside: 'namespace' },
        order: 'before',
        optional: true,
      },
      { path: 'spec.destinations[].appRef.name', to: [korifi('CFApp')], order: 'before', brings: 'both' },
    ],
    after: [korifi('CFServiceBinding')],
    ready: ['Ready', 'Valid'],
    see: 'the logs of korifi-controllers-controller-manager',
  },
];
