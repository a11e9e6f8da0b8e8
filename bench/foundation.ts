import { randomBytes } from 'node:crypto';
import { forEachLimit } from '../src/base/concurrency.ts';
import type { KubeObject } from '../src/base/object.ts';
import { connectCluster } from '../src/cluster/client.ts';
import type { ApiResource, Cluster } from '../src/cluster/cluster.ts';
import { KINDS } from '../src/sandbox/kinds.ts';
import { CARVEL_KINDS, definitionOf, korifiKinds } from '../src/sandbox/platform/definitions.ts';
import { startTestbed, type Testbed } from '../test/testbed/testbed.ts';
import type { BenchImage } from './images.ts';

/** A real API server that serves Korifi's and Carvel's kinds, without controllers: nothing but what we measure runs. */
export interface Foundation {
  readonly testbed: Testbed;
  readonly cluster: Cluster;
  stop(): Promise<void>;
}

const WRITES = 32;
const NAMESPACES = 20;
/** Of each object as JSON, what the server adds included. */
const OBJECT_BYTES = 3500;
/** What {@link objectOf} and the server write beside the filling. */
const FRAME_BYTES = 1100;

/** What fills the objects: compresses about as real ones do, to a quarter. */
const WORDS =
  'app route space org droplet process buildpack port memory disk instance health check web worker env'.split(
    ' ',
  );

/** The kinds that {@link fill} makes objects of. */
export const FILLED_KINDS: readonly ApiResource[] = [
  KINDS.CFApp,
  KINDS.CFProcess,
  KINDS.CFPackage,
  KINDS.CFRoute,
];

export async function startFoundation(): Promise<Foundation> {
  const testbed = await startTestbed({ controllers: [], name: 'asa-backup-bench' });
  const cluster = await connectCluster({ kubeconfig: testbed.kubeconfig });
  const stop = async () => {
    await cluster.close();
    await testbed.stop();
  };
  try {
    for (const kind of [...CARVEL_KINDS, ...korifiKinds([])]) {
      await cluster.create(KINDS.CustomResourceDefinition, definitionOf(kind) as unknown as KubeObject);
    }
    await served(cluster, KINDS.RunnerInfo);
    return { testbed, cluster, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Kinds are served in the order in which they were defined, a moment later. */
async function served(cluster: Cluster, { group, kind, version }: ApiResource): Promise<void> {
  while ((await cluster.discover()).find(group, kind, [version]) === undefined) {
    await new Promise(resolve => setTimeout(resolve, 200));
  }
}

/** Makes one Package that names these images: everything but the images takes next to no time then. */
export async function nameImages(
  { cluster }: Foundation,
  registry: string,
  images: readonly BenchImage[],
): Promise<void> {
  const fetch = images.map(({ path, tag }) => ({ image: { url: `${registry}/${path}:${tag}` } }));
  await cluster.create(KINDS.Package, {
    apiVersion: 'data.packaging.carvel.dev/v1alpha1',
    kind: 'Package',
    metadata: { name: `bench.example.com.1.0.${Date.now()}`, namespace: 'default' },
    spec: { refName: 'bench.example.com', version: '1.0.0', template: { spec: { fetch } } },
  });
}

/** Makes objects of {@link OBJECT_BYTES} in equal numbers of each of {@link FILLED_KINDS}. */
export async function fill({ cluster }: Foundation, objects: number): Promise<void> {
  for (const namespace of namespaces()) await cluster.create(KINDS.Namespace, namespace);
  await forEachLimit(Array.from({ length: objects }).keys(), WRITES, async number => {
    const resource = FILLED_KINDS[number % FILLED_KINDS.length] as ApiResource;
    await cluster.create(resource, objectOf(resource, Math.floor(number / FILLED_KINDS.length)));
  });
}

/** Where {@link fill} makes them. */
export function namespaces(): KubeObject[] {
  return Array.from({ length: NAMESPACES }, (_, number) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespaceOf(number) },
  }));
}

/** Makes apps, each with a Secret for its environment of so many bytes, which do not compress. */
export async function fillSecrets({ cluster }: Foundation, apps: number, bytes: number): Promise<void> {
  const namespace = 'default';
  await forEachLimit(Array.from({ length: apps }).keys(), WRITES, async number => {
    const [name, envSecretName] = [`app-${number}`, `app-${number}-env`];
    const data = { VALUE: randomBytes(bytes).toString('base64') };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: envSecretName, namespace }, data };
    await cluster.create(KINDS.Secret, secret);
    const app = objectOf(KINDS.CFApp, number);
    const spec = { ...app.spec, envSecretName };
    await cluster.create(KINDS.CFApp, { ...app, metadata: { name, namespace }, spec });
  });
}

function namespaceOf(number: number): string {
  return `bench-space-${number % NAMESPACES}`;
}

/** An object that refers to its app, where it is not one, and is as long as the objects of real foundations. */
function objectOf({ group, version, kind }: ApiResource, number: number): KubeObject {
  const appRef = { name: `app-${number}` };
  return {
    apiVersion: `${group}/${version}`,
    kind,
    metadata: {
      name: `${kind === 'CFApp' ? 'app' : kind.toLowerCase()}-${number}`,
      namespace: namespaceOf(number),
      labels: { 'app.kubernetes.io/part-of': `suite-${number % 100}` },
      annotations: { 'bench.example.com/filling': words(OBJECT_BYTES - FRAME_BYTES) },
    },
    spec:
      kind === 'CFApp'
        ? { displayName: `bench app ${number}`, desiredState: 'STARTED', lifecycle: { type: 'buildpack' } }
        : { appRef, destinations: [{ appRef, port: 8080 }], type: 'web', command: 'bundle exec rackup' },
  };
}

function words(length: number): string {
  const picked = Array.from(randomBytes(length / 4), byte => WORDS[byte % WORDS.length]);
  return picked.join(' ').slice(0, length);
}
