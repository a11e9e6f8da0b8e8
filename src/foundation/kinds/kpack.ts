import type { KindDescriptor } from '../descriptor.ts';
import type { ReferenceRule } from '../rules.ts';
import { BY_HELM, BY_KAPP, derived, INSTALLERS, SERVICE_ACCOUNT } from './common.ts';

export const KPACK = 'kpack.io';

const CLUSTER = {
  group: KPACK,
  versions: ['v1alpha2'],
  namespaced: false,
  role: 'truth',
  keep: 'all',
  derivedWhen: [BY_KAPP, BY_HELM],
  after: INSTALLERS,
  ready: ['Ready'],
} as const;

const ACCOUNT: ReferenceRule = {
  path: 'spec.serviceAccountRef.name',
  to: [SERVICE_ACCOUNT],
  in: { beside: 'namespace' },
  order: 'before',
  optional: true,
};
const STACK: ReferenceRule = {
  path: 'spec.stack.name',
  to: [{ group: KPACK, kind: 'ClusterStack' }],
  in: 'any',
  order: 'before',
  optional: true,
};
const STORE: ReferenceRule = {
  path: 'spec.store.name',
  to: [{ group: KPACK, kind: 'ClusterStore' }],
  in: 'any',
  order: 'before',
  optional: true,
};
const BUILDERS_AFTER = [...INSTALLERS, { group: KPACK, kind: 'ClusterBuildpack' }];

/** kpack: builders, stacks and stores that users made, not those of the platform or of single apps. */
export const KPACK_KINDS: readonly KindDescriptor[] = [
  {
    ...CLUSTER,
    kind: 'ClusterStack',
    plural: 'clusterstacks',
    meaning: 'a build image and a run image',
    references: [ACCOUNT],
    images: [{ path: 'spec.buildImage.image' }, { path: 'spec.runImage.image' }],
  },
  {
    ...CLUSTER,
    kind: 'ClusterStore',
    plural: 'clusterstores',
    meaning: 'a collection of buildpacks',
    references: [ACCOUNT],
    images: [{ path: 'spec.sources[].image' }],
  },
  {
    ...CLUSTER,
    kind: 'ClusterBuildpack',
    plural: 'clusterbuildpacks',
    meaning: 'a buildpack for all namespaces',
    references: [ACCOUNT],
    images: [{ path: 'spec.image' }],
  },
  {
    ...CLUSTER,
    kind: 'ClusterLifecycle',
    plural: 'clusterlifecycles',
    meaning: "the buildpacks' lifecycle",
    references: [ACCOUNT],
    images: [{ path: 'spec.image' }],
  },
  {
    ...CLUSTER,
    kind: 'ClusterBuilder',
    plural: 'clusterbuilders',
    meaning: 'a builder for all namespaces',
    references: [ACCOUNT, STACK, STORE],
    images: [{ path: 'spec.tag', pushed: true }],
    after: BUILDERS_AFTER,
    remark: 'the builder image is made again by kpack from its stack and buildpacks',
  },
  {
    ...CLUSTER,
    namespaced: true,
    kind: 'Buildpack',
    plural: 'buildpacks',
    meaning: 'a buildpack for one namespace',
    references: [{ path: 'spec.serviceAccountName', to: [SERVICE_ACCOUNT], order: 'before', optional: true }],
    images: [{ path: 'spec.image' }],
  },
  {
    ...CLUSTER,
    namespaced: true,
    kind: 'Builder',
    plural: 'builders',
    meaning: 'a builder for one namespace',
    derivedWhen: [
      { ownedBy: ['BuildWorkload'], because: "made by Korifi for one app's buildpacks" },
      ...CLUSTER.derivedWhen,
    ],
    references: [
      { path: 'spec.serviceAccountName', to: [SERVICE_ACCOUNT], order: 'before', optional: true },
      STACK,
      STORE,
    ],
    images: [{ path: 'spec.tag', pushed: true }],
    after: [...BUILDERS_AFTER, { group: KPACK, kind: 'Buildpack' }],
  },
  derived(KPACK, 'v1alpha2', 'Image', 'images', {
    meaning: 'what kpack builds for an app',
    because: 'made by Korifi; a restored one would start a build',
  }),
  derived(KPACK, 'v1alpha2', 'Build', 'builds', {
    meaning: 'one build of kpack',
    because: 'history; deleting one deletes the droplet image',
  }),
  derived(KPACK, 'v1alpha2', 'SourceResolver', 'sourceresolvers', {
    meaning: "where a kpack Image's source stands",
    because: 'made by kpack for its Image',
  }),
];
