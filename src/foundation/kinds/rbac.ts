import type { KindDescriptor, Mark } from '../descriptor.ts';
import type { ReferenceRule } from '../rules.ts';
import { BY_HELM, BY_KAPP, INSTALLERS, korifi, RBAC, SERVICE_ACCOUNT, USER } from './common.ts';

const BUILT_IN: Mark = {
  label: 'kubernetes.io/bootstrapping',
  because: "Kubernetes' own, in every cluster",
};

const OF_KORIFI: Mark = {
  path: 'metadata.name',
  startsWith: 'korifi-controllers-',
  because: 'installed with Korifi, each version its own',
};

/** A binding whose subject is not there yet is legal, hence `free`. */
const SUBJECTS: ReferenceRule = {
  path: 'subjects[].name',
  to: [SERVICE_ACCOUNT],
  in: { beside: 'namespace' },
  when: { beside: 'kind', is: 'ServiceAccount' },
  order: 'free',
  pulls: true,
  optional: true,
};

const CLUSTER_ROLE: ReferenceRule = {
  path: 'roleRef.name',
  to: [{ group: RBAC, kind: 'ClusterRole' }],
  in: 'any',
  when: { beside: 'kind', is: 'ClusterRole' },
  order: 'before',
  optional: true,
};

/** A role comes along with the org or space for which it is. */
const HOME: ReferenceRule = {
  path: 'metadata.namespace',
  to: [korifi('CFSpace'), korifi('CFOrg')],
  in: 'any',
  order: 'free',
  optional: true,
  brings: 'both',
};

const LOGIN = 'korifi-controllers-root-namespace-user';
/** There are no objects of users, yet they tie roles together: without the role to log in, no other is of use. */
const SUBJECT: ReferenceRule = {
  path: 'subjects[].name',
  to: [USER],
  in: 'any',
  when: { beside: 'kind', is: 'User' },
  order: 'free',
  optional: true,
};
const USERS: readonly ReferenceRule[] = [
  { ...SUBJECT, where: { path: 'roleRef.name', is: LOGIN }, brings: 'both' },
  { ...SUBJECT, where: { path: 'roleRef.name', matches: `(?!${LOGIN}$)korifi-controllers-.*` } },
];

/** Roles: those of CF's users, and what service accounts of packages may do. */
export const ROLES: readonly KindDescriptor[] = [
  {
    group: RBAC,
    kind: 'ClusterRole',
    versions: ['v1'],
    plural: 'clusterroles',
    namespaced: false,
    role: 'truth',
    meaning: 'what a service account of a package may do in the whole cluster',
    keep: 'referenced',
    derivedWhen: [BUILT_IN, OF_KORIFI, BY_KAPP, BY_HELM],
    after: [{ group: '', kind: 'Namespace' }],
  },
  {
    group: RBAC,
    kind: 'Role',
    versions: ['v1'],
    plural: 'roles',
    namespaced: true,
    role: 'truth',
    meaning: 'what a service account of a package may do in a namespace',
    keep: 'referenced',
    derivedWhen: [BUILT_IN, BY_KAPP, BY_HELM],
  },
  {
    group: RBAC,
    kind: 'ClusterRoleBinding',
    versions: ['v1'],
    plural: 'clusterrolebindings',
    namespaced: false,
    role: 'truth',
    meaning: 'to which service account of a package a cluster role is given',
    keep: 'referring',
    derivedWhen: [BUILT_IN, BY_KAPP, BY_HELM],
    references: [SUBJECTS, CLUSTER_ROLE],
    immutable: ['roleRef'],
  },
  {
    group: RBAC,
    kind: 'RoleBinding',
    versions: ['v1'],
    plural: 'rolebindings',
    namespaced: true,
    role: 'truth',
    meaning: 'a role of a CF user in an org, a space or the foundation; a role of a kept service account',
    keep: 'referring',
    keptWhen: [
      {
        path: 'roleRef.name',
        startsWith: 'korifi-controllers-',
        and: { path: 'roleRef.kind', is: 'ClusterRole' },
        because: 'a role of CF, whoever made it',
      },
    ],
    derivedWhen: [
      {
        label: 'cloudfoundry.org/propagated-from',
        because: 'copied by Korifi from the parent namespace, and deleted by it when it is not there',
      },
      BUILT_IN,
      BY_KAPP,
      BY_HELM,
    ],
    references: [
      HOME,
      ...USERS,
      SUBJECTS,
      CLUSTER_ROLE,
      {
        path: 'roleRef.name',
        to: [{ group: RBAC, kind: 'Role' }],
        when: { beside: 'kind', is: 'Role' },
        order: 'before',
        optional: true,
      },
      {
        path: 'roleRef.name',
        to: INSTALLERS,
        in: 'brought',
        where: { path: 'roleRef.name', startsWith: 'korifi-controllers-' },
        order: 'before',
      },
    ],
    afterInNamespace: [SERVICE_ACCOUNT],
    immutable: ['roleRef'],
    remark: 'there are no user objects: the names of users are those of the identity provider',
  },
];
