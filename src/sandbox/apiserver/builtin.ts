import type { Kind } from './kind.ts';

type Feature = 'cluster' | 'status' | 'generations';

/** Built-in kinds: group, version, kind, plural, short names, and what sets them apart from a plain namespaced one. */
const TABLE: readonly [string, string, string, string, string, ...Feature[]][] = [
  ['', 'v1', 'Namespace', 'namespaces', 'ns', 'cluster', 'status'],
  ['', 'v1', 'Secret', 'secrets', ''],
  ['', 'v1', 'ConfigMap', 'configmaps', 'cm'],
  ['', 'v1', 'ServiceAccount', 'serviceaccounts', 'sa'],
  ['', 'v1', 'Pod', 'pods', 'po', 'status', 'generations'],
  ['', 'v1', 'Service', 'services', 'svc', 'status'],
  ['', 'v1', 'Endpoints', 'endpoints', 'ep'],
  ['', 'v1', 'Event', 'events', 'ev'],
  ['', 'v1', 'ResourceQuota', 'resourcequotas', 'quota', 'status'],
  ['', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', 'pvc', 'status'],
  ['', 'v1', 'Node', 'nodes', 'no', 'cluster', 'status'],
  ['apps', 'v1', 'Deployment', 'deployments', 'deploy', 'status', 'generations'],
  ['apps', 'v1', 'StatefulSet', 'statefulsets', 'sts', 'status', 'generations'],
  ['apps', 'v1', 'ReplicaSet', 'replicasets', 'rs', 'status', 'generations'],
  ['apps', 'v1', 'DaemonSet', 'daemonsets', 'ds', 'status', 'generations'],
  ['batch', 'v1', 'Job', 'jobs', '', 'status', 'generations'],
  ['batch', 'v1', 'CronJob', 'cronjobs', 'cj', 'status', 'generations'],
  ['networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies', 'netpol', 'generations'],
  ['networking.k8s.io', 'v1', 'Ingress', 'ingresses', 'ing', 'status', 'generations'],
  ['policy', 'v1', 'PodDisruptionBudget', 'poddisruptionbudgets', 'pdb', 'status', 'generations'],
  ['rbac.authorization.k8s.io', 'v1', 'Role', 'roles', ''],
  ['rbac.authorization.k8s.io', 'v1', 'RoleBinding', 'rolebindings', ''],
  ['rbac.authorization.k8s.io', 'v1', 'ClusterRole', 'clusterroles', '', 'cluster'],
  ['rbac.authorization.k8s.io', 'v1', 'ClusterRoleBinding', 'clusterrolebindings', '', 'cluster'],
  ['coordination.k8s.io', 'v1', 'Lease', 'leases', ''],
  ['scheduling.k8s.io', 'v1', 'PriorityClass', 'priorityclasses', 'pc', 'cluster', 'generations'],
  ['storage.k8s.io', 'v1', 'StorageClass', 'storageclasses', 'sc', 'cluster'],
  [
    'apiextensions.k8s.io',
    'v1',
    'CustomResourceDefinition',
    'customresourcedefinitions',
    'crd',
    'cluster',
    'status',
    'generations',
  ],
  ['apiregistration.k8s.io', 'v1', 'APIService', 'apiservices', '', 'cluster', 'status'],
  [
    'admissionregistration.k8s.io',
    'v1',
    'MutatingWebhookConfiguration',
    'mutatingwebhookconfigurations',
    '',
    'cluster',
    'generations',
  ],
  [
    'admissionregistration.k8s.io',
    'v1',
    'ValidatingWebhookConfiguration',
    'validatingwebhookconfigurations',
    '',
    'cluster',
    'generations',
  ],
];

export const BUILTIN: readonly Kind[] = TABLE.map(
  ([group, version, kind, plural, shortName, ...features]) => ({
    group,
    kind,
    plural,
    singular: kind.toLowerCase(),
    shortNames: shortName === '' ? [] : [shortName],
    categories: [],
    namespaced: !features.includes('cluster'),
    versions: [{ name: version, served: true, status: features.includes('status') }],
    generations: features.includes('generations'),
    custom: false,
  }),
);

function builtin(kind: string): Kind {
  const found = BUILTIN.find(candidate => candidate.kind === kind);
  if (found === undefined) throw new TypeError(`no built-in ${kind}`);
  return found;
}

/** Those that the server itself has to do with. */
export const NAMESPACE = builtin('Namespace');
export const CONFIG_MAP = builtin('ConfigMap');
export const SERVICE_ACCOUNT = builtin('ServiceAccount');
export const DEFINITION = builtin('CustomResourceDefinition');
