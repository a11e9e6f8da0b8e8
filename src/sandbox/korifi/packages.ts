import { decide } from '../controllers/conditions.ts';
import type { Rule } from '../controllers/rule.ts';
import { KINDS } from '../kinds.ts';
import { finalizerOf, korifiConfig } from './config.ts';
import type { KorifiTools } from './korifi.ts';
import { clean } from './retention.ts';

/**
 * A package is ready when it has its source image. Every look at a package cleans the app's older ones, and a
 * package that goes takes its image in the registry along: its tag, and the manifest when no other tag is on it.
 */
export function packages({ images, activity }: KorifiTools): Rule {
  return {
    name: 'CFPackage',
    kind: KINDS.CFPackage,
    async reconcile(found, world) {
      const config = korifiConfig(world);
      if (config === undefined) return;
      const image: string = found.spec.source?.registry?.image ?? '';
      const { name, namespace } = found.metadata;
      if (found.metadata.deletionTimestamp !== undefined) {
        if (image !== '' && (await images.untag(image, [name, 'latest'])))
          activity.record('image-deleted', image);
        return world.dropFinalizer(KINDS.CFPackage, found, finalizerOf(world, 'CFPackage'));
      }
      const app = world.find(KINDS.CFApp, namespace, found.spec.appRef.name);
      const owned = app === undefined ? found : await world.own(KINDS.CFPackage, found, app);
      await world.status(KINDS.CFPackage, owned, {
        observedGeneration: owned.metadata.generation,
        conditions: decide(owned, [
          { type: 'Initialized', status: 'True', reason: 'Initialized' },
          image === ''
            ? { type: 'Ready', status: 'False', reason: 'Initialized' }
            : { type: 'Ready', status: 'True', reason: 'SourceImageSet' },
        ]),
      });
      if (app !== undefined) {
        await clean(world, activity, KINDS.CFPackage, app, 'Ready', config.maxRetainedPackages);
      }
    },
  };
}
