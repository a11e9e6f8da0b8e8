import type { KubeObject } from '../../base/object.ts';
import { conditionOf, decide } from '../controllers/conditions.ts';
import type { Rule } from '../controllers/rule.ts';
import { ownedBy, type World } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { korifiConfig } from './config.ts';
import type { KorifiTools } from './korifi.ts';
import { FINALIZER, LABEL } from './names.ts';
import { runImageOf, stageDroplet } from './staging.ts';

/** The build environment that every droplet of the sandbox names. */
const STACK = 'io.buildpacks.stacks.jammy';

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
      return world.dropFinalizer(KINDS.BuildWorkload, workload, FINALIZER.BuildWorkload ?? '');
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

/** kpack, played: runs a Build once; when a Build goes, Korifi's finalizer deletes its image. */
export function kpackBuilds({ images, activity }: KorifiTools): Rule {
  return {
    name: 'Build',
    kind: KINDS.Build,
    async reconcile(build, world) {
      if (build.metadata.deletionTimestamp !== undefined) {
        const image = build.status?.latestImage;
        const tags = (build.spec.tags as string[]).map(tag => tag.split(':').at(-1) ?? '');
        if (image && (await images.untag(image, [...tags, 'latest'])))
          activity.record('image-deleted', image);
        return world.dropFinalizer(KINDS.Build, build, FINALIZER.Build ?? '');
      }
      if (conditionOf(build, 'Succeeded') !== undefined) return;
      const builder = world.find(KINDS.ClusterBuilder, undefined, build.spec.builder.name);
      if (builder === undefined) return;
      const [repository, tagged] = build.spec.tags as [string, string];
      const staged = await stageDroplet(images, build.spec.source.registry.image, runImageOf(builder), {
        repository,
        tags: [tagged.slice(repository.length + 1), 'latest'],
        identity: build.metadata.uid ?? '',
      });
      const failed = 'failure' in staged;
      await world.status(KINDS.Build, build, {
        ...(!failed && { latestImage: staged.image, processTypes: staged.processTypes }),
        stack: { id: STACK, runImage: runImageOf(builder) },
        conditions: decide(build, [
          failed
            ? { type: 'Succeeded', status: 'False', reason: 'BuildFailed', message: staged.failure }
            : { type: 'Succeeded', status: 'True', reason: 'BuildSucceeded' },
        ]),
      });
      const image = world.find(
        KINDS.Image,
        build.metadata.namespace,
        build.metadata.labels?.['image.kpack.io/image'] ?? '',
      );
      if (image !== undefined && !failed)
        await world.status(KINDS.Image, image, { latestImage: staged.image });
    },
  };
}
