import type { KubeObject } from '../../base/object.ts';
import type { ApiResource, Cluster } from '../../cluster/cluster.ts';
import { LISTED } from '../../foundation/catalog.ts';
import { secretgenRules } from '../carvel/carvel.ts';
import { deadOwners, harm, wrongLeases } from '../compare/health.ts';
import { View } from '../compare/view.ts';
import { isTrue } from '../controllers/conditions.ts';
import { type EmbeddedFoundation, startFoundation } from '../foundation.ts';
import { KINDS } from '../kinds.ts';
import { korifiRules } from '../korifi/korifi.ts';
import { ADAPTER, CURRENT } from '../korifi/releases.ts';
import { installDocuments } from '../landscape/helm.ts';
import { korifiDocuments } from '../landscape/korifi-documents.ts';
import { apply } from '../platform/apply.ts';
import { definitionOf } from '../platform/definitions.ts';
import { kubelet } from '../platform/kubelet.ts';
import { until } from '../platform/until.ts';
import { rehearsedPackages } from './packages.ts';

/** Blobs up to this size are held; of larger ones only digest and size: memory does not grow with the layers. */
const HELD_BYTES = 64 * 1024;
/** Kinds whose controllers are not played: what is made of them is ready at once. */
const AT_ONCE = LISTED.filter(({ group }) => group === 'kpack.io');

/** The Korifi that the archive's foundation had. */
export interface RehearsedKorifi {
  readonly version?: string;
  readonly rootNamespace: string;
  /** Where packages and droplets are in the rehearsal's registry. */
  readonly prefix: string;
  readonly registrySecrets: readonly string[];
  readonly maxRetainedPackages?: number;
  readonly maxRetainedBuilds?: number;
  readonly defaultDomain: { readonly object: string; readonly name: string };
}

/**
 * An empty foundation to restore an archive into, in this process: the API server, the rules of Korifi's, Carvel's and
 * kpack's controllers, and a registry that checks layers and forgets them. Every kind of the catalog is served.
 */
export async function startRehearsal(): Promise<EmbeddedFoundation> {
  const foundation = await startFoundation({
    name: 'rehearsal',
    rules: tools => [
      ...secretgenRules(tools),
      ...rehearsedPackages(tools.images),
      ...korifiRules(tools),
      ...kubelet(tools.images),
    ],
    servers: { registry: { heldBytes: HELD_BYTES } },
  });
  const { cluster, server } = foundation;
  server.onChange(({ type, object }) => {
    const kind = AT_ONCE.find(
      one => one.kind === object.kind && object.apiVersion.startsWith(`${one.group}/`),
    );
    if (type === 'ADDED' && kind !== undefined) void makeReady(cluster, resourceOf(kind), object);
  });
  return foundation;
}

/** Serves what is still missing of the catalog, and installs Korifi as its chart does. */
export async function furnish(
  { cluster, images }: EmbeddedFoundation,
  korifi: RehearsedKorifi | undefined,
): Promise<void> {
  if (korifi !== undefined) await installKorifi(cluster, images.registry.host, korifi);
  // The platform's own is not that of the archive.
  await cluster.delete(KINDS.ClusterBuilder, undefined, 'default');
  const surface = await cluster.discover();
  const missing = LISTED.filter(
    ({ group, kind, versions }) => group.includes('.') && surface.find(group, kind, versions) === undefined,
  );
  for (const kind of missing) {
    const definition = definitionOf(resourceOf(kind));
    await apply(cluster, KINDS.CustomResourceDefinition, definition);
    await until(cluster, KINDS.CustomResourceDefinition, undefined, definition.metadata.name, made =>
      isTrue(made, 'Established'),
    );
  }
}

async function installKorifi(cluster: Cluster, host: string, korifi: RehearsedKorifi): Promise<void> {
  const { version, rootNamespace: root, registrySecrets, defaultDomain } = korifi;
  const release = isCurrent(version) ? CURRENT : ADAPTER;
  const documents = korifiDocuments({
    release,
    root,
    system: 'korifi',
    configSuffix: '',
    apiHost: 'api.rehearsal.example.com',
    domain: defaultDomain.name,
    domainObject: defaultDomain.object,
    prefix: korifi.prefix,
    registrySecrets,
    maxRetainedPackages: korifi.maxRetainedPackages ?? 5,
    maxRetainedBuilds: korifi.maxRetainedBuilds ?? 5,
    clusterBuilder: 'default',
    admin: 'rehearsal',
    image: component => `registry.example.com/cloudfoundry/${component}:${version ?? release.version}`,
  });
  await installDocuments(cluster, documents, async () => {
    const login = { auths: { [host]: { username: 'rehearsal', password: 'rehearsal' } } };
    const data = { '.dockerconfigjson': Buffer.from(JSON.stringify(login)).toString('base64') };
    for (const name of registrySecrets) {
      const metadata = { name, namespace: root };
      await apply(cluster, KINDS.Secret, { metadata, type: 'kubernetes.io/dockerconfigjson', data });
    }
  });
}

/** From 0.16 on Korifi does what the newest does. */
function isCurrent(version: string | undefined): boolean {
  const [, major = '0', minor = '0'] = /^v?(\d+)\.(\d+)/.exec(version ?? '') ?? [];
  return Number(major) > 0 || Number(minor) >= 11;
}

function resourceOf({ group, kind, versions, plural, namespaced }: (typeof LISTED)[number]): ApiResource {
  return { group, kind, version: versions[0] ?? 'v1', plural, namespaced };
}

async function makeReady(cluster: Cluster, resource: ApiResource, { metadata }: KubeObject): Promise<void> {
  const conditions = [{ type: 'Ready', status: 'True' }];
  const body = { status: { conditions, observedGeneration: metadata.generation } };
  await cluster
    .patch(resource, metadata.namespace, metadata.name, { type: 'merge', subresource: 'status', body })
    // It was deleted meanwhile.
    .catch(() => undefined);
}

/** What is wrong with a restored foundation, and what was done to it that a restore must not cause, as sentences. */
export async function examine({ cluster, activity }: EmbeddedFoundation): Promise<string[]> {
  const view = await View.of(cluster);
  return [...deadOwners(view), ...wrongLeases(view), ...harm(activity)];
}
