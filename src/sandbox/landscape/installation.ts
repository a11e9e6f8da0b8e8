import type { KubeObject } from '../../base/object.ts';
import type { ApiResource, Cluster } from '../../cluster/cluster.ts';
import { hasCondition } from '../carvel/status.ts';
import type { Desired } from '../controllers/world.ts';
import type { ImageClient } from '../images/client.ts';
import { KINDS } from '../kinds.ts';
import { apply } from '../platform/apply.ts';
import { until } from '../platform/until.ts';
import { addExtras } from './extras.ts';
import type { Random } from './random.ts';
import {
  ADAPTER_PACKAGE,
  ADAPTER_VERSIONS,
  DRAIN_PACKAGE,
  DRAIN_VERSION,
  pushAdapterRepository,
  pushDrainRepository,
} from './repositories.ts';

const NAMESPACE = 'tap-install';
const PULL_SECRET = 'internal-tas-adapter-registry';
/** Where the operator keeps the login that the adapter imports. */
const LOGIN = { name: 'app-registry-credentials', namespace: 'app-registry' };

/** What differs between installations. */
export interface InstallationOptions {
  readonly domain: string;
  /** Bytes of each of Korifi's own images. */
  readonly componentBytes: number;
}

/** Installs the adapter as its documentation tells: with the objects that `tanzu` would write, then waits for it. */
export async function installAdapter(
  cluster: Cluster,
  images: ImageClient,
  random: Random,
  { domain, componentBytes }: InstallationOptions,
): Promise<void> {
  const create = (kind: ApiResource, desired: Desired) => apply(cluster, kind, desired);
  for (const name of [NAMESPACE, LOGIN.namespace]) {
    await create(KINDS.Namespace, { metadata: { name, labels: { team: 'platform' } } });
  }
  await registryLogins(create, images, random);
  const adapter = await pushAdapterRepository(images, componentBytes);
  const drain = await pushDrainRepository(images);
  const values = adapterValues(images, domain);
  const drainValues = `drain:\n  url: syslog://logs.${domain}:6514\n`;
  await addRepository(create, 'tas-adapter-repository', adapter);
  await addRepository(create, 'platform-repository', drain);
  await installPackage(create, 'tas-adapter', ADAPTER_PACKAGE, ADAPTER_VERSIONS[1], values);
  await installPackage(create, 'log-drain', DRAIN_PACKAGE, DRAIN_VERSION, drainValues);
  for (const name of ['tas-adapter', 'log-drain']) {
    await until(cluster, KINDS.PackageInstall, NAMESPACE, name, install =>
      hasCondition(install, 'ReconcileSucceeded'),
    );
  }
  await addExtras(cluster, images, NAMESPACE, PULL_SECRET);
}

type Create = (kind: ApiResource, desired: Desired) => Promise<KubeObject>;

/** `tanzu secret registry add … --export-to-all-namespaces`, and the login that droplets are pushed with. */
async function registryLogins(create: Create, images: ImageClient, random: Random): Promise<void> {
  const { host, credentials } = images.registry;
  const login = credentials ?? { username: 'tap', password: random.word(20) };
  const config = Buffer.from(JSON.stringify({ auths: { [host]: login } })).toString('base64');
  const secrets = [
    {
      metadata: { name: PULL_SECRET, namespace: NAMESPACE },
      to: { toNamespaces: ['*'] },
    },
    { metadata: LOGIN, to: { toNamespace: 'cf' } },
  ];
  for (const { metadata, to } of secrets) {
    await create(KINDS.Secret, {
      metadata,
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': config },
    });
    await create(KINDS.SecretExport, { metadata, spec: to });
  }
}

function adapterValues(images: ImageClient, domain: string): string {
  return `# Values of the Application Service Adapter. Owner: the platform team.
api_ingress:
  fqdn: api.${domain}
app_ingress:
  default_domain: apps.${domain}
app_registry:
  # droplets and packages; the registry must allow deleting
  repository_prefix: ${images.registry.host}/asa/tas-adapter-
  credentials:
    secret_name: ${LOGIN.name}
    namespace: ${LOGIN.namespace}
kpack_clusterbuilder_name: default
admin:
  users:
  - cf-admin
`;
}

/** `tanzu package repository add` */
async function addRepository(create: Create, name: string, image: string): Promise<void> {
  await create(KINDS.PackageRepository, {
    metadata: { name, namespace: NAMESPACE },
    spec: { fetch: { imgpkgBundle: { image } } },
  });
}

/** `tanzu package install NAME -p PACKAGE -v VERSION --values-file …` */
async function installPackage(
  create: Create,
  name: string,
  refName: string,
  version: string,
  values: string,
): Promise<void> {
  const made = `${name}-${NAMESPACE}`;
  const annotations = { 'packaging.carvel.dev/package': made, 'tkg.tanzu.vmware.com/tanzu-package': made };
  const names = {
    ClusterRole: `${made}-cluster-role`,
    ClusterRoleBinding: `${made}-cluster-rolebinding`,
    ServiceAccount: `${made}-sa`,
    Secret: `${made}-values`,
  };
  const rbac = { apiGroup: 'rbac.authorization.k8s.io' };
  await create(KINDS.ServiceAccount, {
    metadata: { name: names.ServiceAccount, namespace: NAMESPACE, annotations },
  });
  await create(KINDS.ClusterRole, {
    metadata: { name: names.ClusterRole, annotations },
    rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
  });
  await create(KINDS.ClusterRoleBinding, {
    metadata: { name: names.ClusterRoleBinding, annotations },
    roleRef: { ...rbac, kind: 'ClusterRole', name: names.ClusterRole },
    subjects: [{ kind: 'ServiceAccount', name: names.ServiceAccount, namespace: NAMESPACE }],
  });
  await create(KINDS.Secret, {
    metadata: { name: names.Secret, namespace: NAMESPACE, annotations },
    type: 'Opaque',
    data: { 'values.yaml': Buffer.from(values).toString('base64') },
  });
  const pairs = Object.entries(names).flatMap(([kind, made]) => [
    [`packaging.carvel.dev/package-${kind}`, made],
    [`tkg.tanzu.vmware.com/tanzu-package-${kind}`, made],
  ]);
  await create(KINDS.PackageInstall, {
    metadata: { name, namespace: NAMESPACE, annotations: Object.fromEntries(pairs) },
    spec: {
      serviceAccountName: names.ServiceAccount,
      packageRef: { refName, versionSelection: { constraints: version, prereleases: {} } },
      values: [{ secretRef: { name: names.Secret } }],
    },
  });
}
