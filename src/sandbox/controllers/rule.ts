import type { KubeObject } from '../../base/object.ts';
import type { ApiResource } from '../../cluster/cluster.ts';
import type { World } from './world.ts';

/**
 * One rule of a controller, level-triggered: called for every object of its kind in every pass, it brings what
 * it is responsible for in place and writes nothing when it is. To wait for something is to return.
 */
export interface Rule {
  readonly name: string;
  readonly kind: ApiResource;
  reconcile(object: KubeObject, world: World): Promise<void>;
}

/**
 * The real controller fails here and is not woken by what it lacks: it tries again after a back-off, or when
 * the object itself changes.
 */
export class Unwatched extends Error {
  override readonly name = 'Unwatched';
}
