import type { KubeObject } from '../../base/object.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { isTrue } from '../controllers/conditions.ts';
import type { ImageClient } from '../images/client.ts';
import { KINDS } from '../kinds.ts';
import { CURRENT } from '../korifi/releases.ts';
import { apply } from '../platform/apply.ts';
import { until } from '../platform/until.ts';
import { korifiDocuments, RETAINED, ROOT } from './korifi-documents.ts';

const REGISTRY_SECRET = 'image-registry-credentials';

/** Installs current Korifi as its Helm chart does, without Carvel, and waits until its kinds are served. */
export async function installWithHelm(
  cluster: Cluster,
  images: ImageClient,
  { domain }: { readonly domain: string },
): Promise<void> {
  const { host, credentials } = images.registry;
  const documents = korifiDocuments({
    release: CURRENT,
    root: ROOT,
    ...RETAINED,
    system: 'korifi',
    configSuffix: '',
    apiHost: `api.${domain}`,
    domain: `apps.${domain}`,
    domainObject: 'default-domain',
    prefix: `${host}/korifi/`,
    registrySecrets: [REGISTRY_SECRET],
    clusterBuilder: 'default',
    admin: 'cf-admin',
    image: component => `registry.example.com/cloudfoundry/${component}:${CURRENT.version}`,
  });
  await installDocuments(cluster, documents, async () => {
    const login = credentials ?? { username: 'korifi', password: 'korifi' };
    await apply(cluster, KINDS.Secret, {
      metadata: { name: REGISTRY_SECRET, namespace: ROOT },
      type: 'kubernetes.io/dockerconfigjson',
      data: {
        '.dockerconfigjson': Buffer.from(JSON.stringify({ auths: { [host]: login } })).toString('base64'),
      },
    });
  });
}

/**
 * Applies what {@link korifiDocuments} gives, as Helm does.
 * @param login makes the registry secrets, once their namespace is there
 */
export async function installDocuments(
  cluster: Cluster,
  { definitions = [], namespaces = [], ...others }: Record<string, object[]>,
  login: () => Promise<void>,
): Promise<void> {
  for (const document of [...definitions, ...namespaces]) await install(cluster, document as KubeObject);
  for (const { metadata } of definitions as KubeObject[]) {
    await until(cluster, KINDS.CustomResourceDefinition, undefined, metadata.name, made =>
      isTrue(made, 'Established'),
    );
  }
  await login();
  for (const document of Object.values(others).flat()) await install(cluster, document as KubeObject);
}

async function install(cluster: Cluster, document: KubeObject): Promise<void> {
  const kind = Object.values(KINDS).find(
    ({ kind, group, version }) =>
      kind === document.kind && document.apiVersion === (group === '' ? version : `${group}/${version}`),
  );
  if (kind === undefined) throw new TypeError(`the sandbox does not know ${document.kind}`);
  const { metadata, ...rest } = document;
  const annotations = {
    ...metadata.annotations,
    'meta.helm.sh/release-name': 'korifi',
    'meta.helm.sh/release-namespace': 'korifi',
  };
  const labels = { ...metadata.labels, 'app.kubernetes.io/managed-by': 'Helm' };
  await apply(cluster, kind, { ...rest, metadata: { ...metadata, annotations, labels } });
}
