import type { KubeObject } from '../../base/object.ts';
import type { ApiResource } from '../../cluster/cluster.ts';
import type { ActivityLog } from '../activity.ts';
import { isTrue } from '../controllers/conditions.ts';
import type { World } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';

/**
 * Korifi's cleaners: of an app's finished builds or ready packages the current one and the newest few are kept.
 * They rank by creationTimestamp, which a restore resets and which counts whole seconds; and what is current
 * they know by the app's `currentDropletRef` alone: an app restored without it loses its current build.
 */
export async function clean(
  world: World,
  activity: ActivityLog,
  kind: ApiResource,
  app: KubeObject,
  done: string,
  retained: number,
): Promise<void> {
  const droplet = app.spec.currentDropletRef?.name;
  const build = world.find(KINDS.CFBuild, app.metadata.namespace, droplet ?? '');
  const current = kind === KINDS.CFBuild ? droplet : build?.spec.packageRef.name;
  const deletable = world
    .in(kind, app.metadata.namespace)
    .filter(object => object.spec.appRef.name === app.metadata.name && object.metadata.name !== current)
    .filter(object => object.metadata.deletionTimestamp === undefined && isTrue(object, done));
  const newestFirst = deletable.sort((a, b) => ageOf(b).localeCompare(ageOf(a)));
  for (const old of newestFirst.slice(retained)) {
    activity.record(
      'object-deleted',
      `${kind.kind} ${old.metadata.namespace}/${old.metadata.name} by its cleaner`,
    );
    await world.delete(kind, old);
  }
}

function ageOf(object: KubeObject): string {
  return object.metadata.creationTimestamp ?? '';
}
