import type { KindDescriptor } from '../descriptor.ts';
import {
  BY_KAPP,
  CONFIG_MAP,
  CONFIGURES_CARVEL,
  derived,
  GENERATORS,
  PLACEHOLDER,
  SECRET,
} from './common.ts';

const MADE_PLACEHOLDER = 'a placeholder that kapp-controller makes, and secretgen-controller fills';

/** Kubernetes' own kinds that hold state of the foundation, and those that controllers make from it. */
export const CORE: readonly KindDescriptor[] = [
  {
    group: '',
    kind: 'Namespace',
    versions: ['v1'],
    plural: 'namespaces',
    namespaced: false,
    role: 'truth',
    meaning: 'a namespace, with its labels and annotations',
    keep: 'holding',
    derivedWhen: [
      // The first label is that of Korifi up to 0.15, the second that of later ones.
      { label: 'cloudfoundry.org/org-name', because: 'made by Korifi for its CFOrg' },
      { label: 'korifi.cloudfoundry.org/org-guid', because: 'made by Korifi for its CFOrg' },
      { label: 'cloudfoundry.org/space-name', because: 'made by Korifi for its CFSpace' },
      { label: 'korifi.cloudfoundry.org/space-guid', because: 'made by Korifi for its CFSpace' },
      { path: 'metadata.name', startsWith: 'kube-', because: "the cluster's own" },
    ],
    strip: ['spec'],
    remark:
      'only where restored objects live. One that a package made is made before the package, without its labels, ' +
      'and taken over by it. Labels that users put on the namespaces of orgs and spaces are not kept.',
  },
  {
    group: '',
    kind: 'Secret',
    versions: ['v1'],
    plural: 'secrets',
    namespaced: true,
    role: 'truth',
    meaning: 'environment variables, service credentials, package values, registry logins',
    keep: 'referenced',
    // Helm's releases are many and large; tokens are of no use elsewhere.
    fieldSelector: 'type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token',
    keptWhen: [
      {
        ownedBy: GENERATORS,
        because: 'its generator would make another value',
      },
      {
        annotation: PLACEHOLDER,
        because: 'a placeholder that somebody made: it comes back empty, and secretgen-controller fills it',
      },
      CONFIGURES_CARVEL,
    ],
    heldBackWhen: [CONFIGURES_CARVEL],
    variants: [{ where: { annotation: PLACEHOLDER }, ignoreInComparison: ['data'] }],
    strip: ['metadata.annotations["secretgen.carvel.dev/status"]'],
    derivedWhen: [
      { ownedBy: ['SecretImport'], because: 'imported again by its SecretImport' },
      { ownedBy: ['SecretTemplate'], because: 'made again by its SecretTemplate' },
      {
        annotation: PLACEHOLDER,
        ownedBy: ['PackageInstall', 'PackageRepository'],
        because: MADE_PLACEHOLDER,
      },
      {
        annotation: PLACEHOLDER,
        path: 'metadata.name',
        matches: '.*-fetch-[0-9]+',
        because: MADE_PLACEHOLDER,
      },
      {
        path: 'type',
        is: 'kubernetes.io/service-account-token',
        because: "a token of the cluster's own signing key",
      },
      {
        path: 'metadata.name',
        matches: '.*-vcap-(application|services)',
        ownedBy: ['CFApp'],
        because: 'written by Korifi from the app, its routes and its bindings',
      },
      { label: 'cloudfoundry.org/propagated-from', because: 'copied by Korifi from the parent namespace' },
      { ...BY_KAPP, notOwnedBy: GENERATORS },
    ],
    secret: true,
    immutable: ['type'],
    relinkOwners: [
      'CFApp',
      'CFServiceInstance',
      'CFServiceBinding',
      'CFServiceBroker',
      'CFPackage',
      ...GENERATORS,
    ],
    remark:
      "Korifi's registry secrets and their copies in orgs and spaces are the target's own. Owner references are set " +
      'again by the restore, since no controller does.',
  },
  {
    group: '',
    kind: 'ConfigMap',
    versions: ['v1'],
    plural: 'configmaps',
    namespaced: true,
    role: 'truth',
    meaning: 'values and overlays that apps of kapp-controller read',
    keep: 'referenced',
    keptWhen: [CONFIGURES_CARVEL],
    heldBackWhen: [CONFIGURES_CARVEL],
    derivedWhen: [
      { label: 'kapp.k14s.io/is-app', because: "kapp's record of an app, made anew with it" },
      { label: 'kapp.k14s.io/is-app-change', because: "kapp's record of a change" },
      { path: 'metadata.name', is: 'kube-root-ca.crt', because: "the cluster's own authority" },
      BY_KAPP,
    ],
  },
  {
    group: '',
    kind: 'ServiceAccount',
    versions: ['v1'],
    plural: 'serviceaccounts',
    namespaced: true,
    role: 'truth',
    meaning: 'the identity under which a package or app is installed',
    keep: 'referenced',
    derivedWhen: [
      { label: 'cloudfoundry.org/propagated-from', because: 'copied by Korifi from the root namespace' },
      BY_KAPP,
    ],
    references: [
      { path: 'secrets[].name', to: [SECRET], order: 'before', optional: true },
      { path: 'imagePullSecrets[].name', to: [SECRET], order: 'before', optional: true },
    ],
    pullSecretPaths: ['imagePullSecrets[].name', 'secrets[].name'],
    afterInNamespace: [SECRET, CONFIG_MAP],
    ignoreInComparison: ['secrets'],
  },
  derived('', 'v1', 'Service', 'services', {
    meaning: 'the address of a route destination or of a system component',
    because: 'made by Korifi from its CFRoute, or by the installation',
  }),
  derived('', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', {
    meaning: 'build caches',
    because: 'made by kpack; a cache fills again',
  }),
  derived('', 'v1', 'Pod', 'pods', {
    meaning: 'a running instance, build or task',
    because: 'made by its StatefulSet, Build or Job',
  }),
  derived('apps', 'v1', 'StatefulSet', 'statefulsets', {
    meaning: 'the instances of a process',
    because: 'made by Korifi from its AppWorkload',
  }),
  derived('apps', 'v1', 'Deployment', 'deployments', {
    meaning: 'a system component',
    because: 'made by the installation',
  }),
  derived('batch', 'v1', 'Job', 'jobs', {
    meaning: 'the run of a task',
    because: 'made by Korifi from its TaskWorkload',
  }),
  derived('policy', 'v1', 'PodDisruptionBudget', 'poddisruptionbudgets', {
    meaning: 'how many instances of a process may be away',
    because: 'made by Korifi from its AppWorkload',
  }),
  derived('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition', 'customresourcedefinitions', {
    meaning: 'the kinds themselves',
    because: 'made by the installation',
    clusterScoped: true,
  }),
  derived(
    'admissionregistration.k8s.io',
    'v1',
    'MutatingWebhookConfiguration',
    'mutatingwebhookconfigurations',
    {
      meaning: 'which writes a controller completes',
      because: 'made by the installation, with its own certificates',
      clusterScoped: true,
    },
  ),
  derived(
    'admissionregistration.k8s.io',
    'v1',
    'ValidatingWebhookConfiguration',
    'validatingwebhookconfigurations',
    {
      meaning: 'which writes a controller checks',
      because: 'made by the installation, with its own certificates',
      clusterScoped: true,
    },
  ),
];

/** Locks. */
export const COORDINATION: readonly KindDescriptor[] = [
  {
    group: 'coordination.k8s.io',
    kind: 'Lease',
    versions: ['v1'],
    plural: 'leases',
    namespaced: true,
    role: 'never',
    meaning: "a lock: leader election, and Korifi's register of names that are taken",
    because: "a restored lock of a name makes Korifi's webhooks refuse the object that has that name",
  },
];
