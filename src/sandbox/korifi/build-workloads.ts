import type { KubeObject } from '../../base/object.ts';
import { conditionOf, decide } from '../controllers/conditions.ts';
import type { Rule } from '../controllers/rule.ts';
import { ownedBy, type World } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { finalizerOf, korifiConfig } from './config.ts';
import { LABEL } from './names.ts';

/** kpack-image-builder: a BuildWorkload becomes a kpack Image, named like the app, and a Build of it. */
export const buildWorkloads: Rule = {
  name: 'BuildWorkload',
  kind: KINDS.BuildWorkload,
  async reconcile(workload, world) {
    const config = korifiConfig(world);
    const { name, namespace } = workload.metadata;
    const app = workload.metadata.labels?.[LABEL.appGuid];
    if (config === undefined || app === undefined || namespace === undefined) return;
    const built = world
      .in(KINDS.Build, namespace)
      .filter(({ metadata }) => metadata.labels?.[LABEL.buildWorkload] === name);
    if (workload.metadata.deletionTimestamp !== undefined) {
      for (const build of built) await world.delete(KINDS.Build, build);
      return world.dropFinalizer(KINDS.BuildWorkload, workload, finalizerOf(world, 'BuildWorkload'));
    }
    const build = built[0] ?? (await beginBuild(world, workload, app, `${config.prefix}${app}-droplets`));
    const succeeded = conditionOf(build, 'Succeeded');
    if (succeeded === undefined || succeeded.status === 'Unknown') return;
    const { type, status, reason, message } = succeeded;
    await world.status(KINDS.BuildWorkload, workload, {
      observedGeneration: workload.metadata.generation,
      ...(status === 'True' && { droplet: dropletOf(build, config.registrySecrets) }),
      conditions: decide(workload, [{ type, status, reason, message }]),
    });
  },
};

async function beginBuild(world: World, workload: KubeObject, app: string, tag: string): Promise<KubeObject> {
  const { name, namespace } = workload.metadata;
  const spec = {
    source: workload.spec.source,
    serviceAccountName: 'kpack-service-account',
    builder: { apiVersion: 'kpack.io/v1alpha2', kind: 'ClusterBuilder', name: 'default' },
  };
  const common = { ...(namespace && { namespace }), ownerReferences: [ownedBy(workload)] };
  const image = await world.ensure(KINDS.Image, {
    metadata: { name: app, ...common, labels: { [LABEL.buildWorkload]: name } },
    spec: { ...spec, tag },
  });
  const before = world
    .in(KINDS.Build, namespace)
    .filter(build => build.metadata.labels?.['image.kpack.io/image'] === app);
  const number =
    1 + Math.max(0, ...before.map(build => Number(build.metadata.labels?.['image.kpack.io/buildNumber'])));
  return world.create(KINDS.Build, {
    metadata: {
      name: `${app}-build-${number}`,
      ...common,
      ownerReferences: [ownedBy(workload), ownedBy(image)],
      labels: {
        'image.kpack.io/image': app,
        'image.kpack.io/buildNumber': String(number),
        [LABEL.buildWorkload]: name,
      },
    },
    spec: { ...spec, tags: [tag, `${tag}:b${number}`] },
  });
}

function dropletOf(build: KubeObject, registrySecrets: readonly string[]): object {
  return {
    registry: { image: build.status.latestImage, imagePullSecrets: registrySecrets.map(name => ({ name })) },
    stack: build.status.stack.id,
    processTypes: build.status.processTypes ?? [],
    ports: [8080],
  };
}
