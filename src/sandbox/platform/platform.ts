import type { Cluster } from '../../cluster/cluster.ts';
import { isTrue } from '../controllers/conditions.ts';
import type { ImageClient } from '../images/client.ts';
import { KINDS } from '../kinds.ts';
import { syntheticLayer } from '../registry/layer.ts';
import { apply } from './apply.ts';
import { CARVEL_KINDS, definitionOf, PREREQUISITE_KINDS } from './definitions.ts';
import { until } from './until.ts';

/** What differs between platforms. */
export interface PlatformOptions {
  /** Foundations with different seeds have different run images. */
  readonly seed: string;
  /** Bytes of the run image, which every droplet built here contains. */
  readonly runImageBytes: number;
}

/** Of builders and run images. */
const STACK = 'io.buildpacks.stacks.jammy';

/** What is on a cluster before the Application Service Adapter: Carvel's kinds, and kpack with a cluster builder. */
export async function installPlatform(
  cluster: Cluster,
  images: ImageClient,
  { seed, runImageBytes }: PlatformOptions,
): Promise<void> {
  const definitions = [...CARVEL_KINDS, ...PREREQUISITE_KINDS].map(kind => definitionOf(kind));
  for (const definition of definitions) await apply(cluster, KINDS.CustomResourceDefinition, definition);
  for (const { metadata } of definitions) {
    await until(cluster, KINDS.CustomResourceDefinition, undefined, metadata.name, crd =>
      isTrue(crd, 'Established'),
    );
  }
  for (const name of ['kapp-controller', 'secretgen-controller', 'build-service']) {
    await apply(cluster, KINDS.Namespace, { metadata: { name } });
  }
  // Three layers, as a distribution, its packages and the lifecycle.
  const layers = [0.6, 0.3, 0.1].map((part, index) => {
    return syntheticLayer(`${seed} run image ${index}`, Math.ceil(runImageBytes * part));
  });
  const runImage = await images.push(`${images.registry.host}/tbs/run-jammy-base`, { layers }, ['0.4.1']);
  await apply(cluster, KINDS.ClusterStack, {
    // Part of the platform, and so of no archive.
    metadata: { name: 'base', annotations: { 'meta.helm.sh/release-name': 'build-service' } },
    spec: { id: STACK, buildImage: { image: runImage }, runImage: { image: runImage } },
  });
  const builder = {
    metadata: { name: 'default' },
    spec: {
      tag: `${images.registry.host}/tbs/builder-default`,
      stack: { kind: 'ClusterStack', name: 'base' },
      serviceAccountRef: { name: 'build-service', namespace: 'build-service' },
    },
  };
  await apply(cluster, KINDS.ClusterBuilder, builder);
  const body = { status: { stack: { id: STACK, runImage } } };
  await cluster.patch(KINDS.ClusterBuilder, undefined, 'default', {
    type: 'merge',
    subresource: 'status',
    body,
  });
}
