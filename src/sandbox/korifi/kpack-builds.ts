import type { KubeObject } from '../../base/object.ts';
import { conditionOf, decide } from '../controllers/conditions.ts';
import type { Rule } from '../controllers/rule.ts';
import type { World } from '../controllers/world.ts';
import { parseImage } from '../images/name.ts';
import { KINDS } from '../kinds.ts';
import { finalizerOf } from './config.ts';
import type { KorifiTools } from './korifi.ts';
import { runImageOf, type Staged, stageDroplet } from './staging.ts';

/** The build environment that every droplet of the sandbox names. */
const STACK = 'io.buildpacks.stacks.jammy';

/** kpack, played: runs a Build once; when a Build goes, Korifi's finalizer deletes its image. */
export function kpackBuilds({ images, activity }: KorifiTools): Rule {
  return {
    name: 'Build',
    kind: KINDS.Build,
    async reconcile(build, world) {
      if (build.metadata.deletionTimestamp !== undefined) {
        const image: string | undefined = build.status?.latestImage;
        const tags = (build.spec.tags as string[]).map(tag => parseImage(tag).target);
        if (image && (await images.untag(image, tags))) activity.record('image-deleted', image);
        return world.dropFinalizer(KINDS.Build, build, finalizerOf(world, 'Build'));
      }
      const builder = world.find(KINDS.ClusterBuilder, undefined, build.spec.builder.name);
      if (conditionOf(build, 'Succeeded') !== undefined || builder === undefined) return;
      const runImage = runImageOf(builder);
      const [repository, tagged] = build.spec.tags as [string, string];
      const staged = await stageDroplet(images, build.spec.source.registry.image, runImage, {
        repository,
        tags: [parseImage(tagged).target, 'latest'],
        identity: build.metadata.uid ?? '',
      });
      await finish(world, build, runImage, staged);
    },
  };
}

async function finish(world: World, build: KubeObject, runImage: string, staged: Staged): Promise<void> {
  const stack = { id: STACK, runImage };
  if ('failure' in staged) {
    const failed = {
      type: 'Succeeded',
      status: 'False',
      reason: 'BuildFailed',
      message: staged.failure,
    } as const;
    await world.status(KINDS.Build, build, { stack, conditions: decide(build, [failed]) });
    return;
  }
  const { image: latestImage, processTypes } = staged;
  const succeeded = { type: 'Succeeded', status: 'True', reason: 'BuildSucceeded' } as const;
  await world.status(KINDS.Build, build, {
    stack,
    latestImage,
    processTypes,
    conditions: decide(build, [succeeded]),
  });
  const { namespace, labels } = build.metadata;
  const image = world.find(KINDS.Image, namespace, labels?.['image.kpack.io/image'] ?? '');
  if (image !== undefined) await world.status(KINDS.Image, image, { latestImage });
}
