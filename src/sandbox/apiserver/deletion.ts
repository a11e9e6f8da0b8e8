import type { KubeObject } from '../../base/object.ts';
import { NAMESPACE } from './builtin.ts';
import type { Kind } from './kind.ts';
import { now } from './metadata.ts';
import { strategyOf } from './strategies.ts';

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

/** By these the garbage collector holds an owner until its dependents are dealt with. */
export const PROPAGATION_FINALIZERS = { Foreground: 'foregroundDeletion', Orphan: 'orphan' } as const;
const COLLECTORS: readonly string[] = Object.values(PROPAGATION_FINALIZERS);

/** The object's own finalizers, those of its kind, and the garbage collector's where it has to act first. */
export function deletionFinalizers(
  object: KubeObject,
  kind: Kind,
  propagation: Propagation | undefined,
): string[] {
  const present = object.metadata.finalizers ?? [];
  const own = propagation === undefined ? present : present.filter(name => !COLLECTORS.includes(name));
  const collector = propagation === 'Foreground' || propagation === 'Orphan';
  const added = collector ? [PROPAGATION_FINALIZERS[propagation]] : [];
  return [...new Set([...own, ...(strategyOf(kind).finalizers ?? []), ...added])];
}

/** Whether the garbage collector holds it. */
export function isCollected({ metadata }: KubeObject): boolean {
  return (
    metadata.deletionTimestamp !== undefined &&
    (metadata.finalizers ?? []).some(name => COLLECTORS.includes(name))
  );
}

/** Whether nothing holds it any more. Namespaces have finalizers in their spec, too. */
export function isReleased(object: KubeObject): boolean {
  return !object.metadata.finalizers?.length && !object.spec?.finalizers?.length;
}

/** The object once its deletion has begun. */
export function terminating(kind: Kind, object: KubeObject, finalizers: string[]): KubeObject {
  const { generation, deletionTimestamp } = object.metadata;
  const begun = {
    deletionTimestamp: now(),
    deletionGracePeriodSeconds: 0,
    ...(generation !== undefined && { generation: generation + 1 }),
  };
  return {
    ...object,
    metadata: {
      ...object.metadata,
      ...(finalizers.length > 0 && { finalizers }),
      ...(deletionTimestamp === undefined && begun),
    },
    ...(kind === NAMESPACE && { status: { ...object.status, phase: 'Terminating' } }),
  };
}
