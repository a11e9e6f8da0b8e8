import type { KubeObject } from '../../base/object.ts';
import type { ApiResource } from '../../cluster/cluster.ts';
import type { World } from '../controllers/world.ts';

/** How a reconcile of a Carvel controller ended. */
export type Outcome = { readonly done: true } | { readonly failed: string } | { readonly going: true };

/** A Carvel status: always one condition, replaced at each transition, and a line for people. */
function outcomeStatus(object: KubeObject, outcome: Outcome, more: object = {}): object {
  const observedGeneration = object.metadata.generation;
  if ('failed' in outcome) {
    const line = (outcome.failed.split('\n')[0] ?? '').slice(0, 80);
    return {
      ...more,
      observedGeneration,
      conditions: [
        {
          type: 'ReconcileFailed',
          status: 'True',
          message: 'Error (see .status.usefulErrorMessage for details)',
        },
      ],
      friendlyDescription: `Reconcile failed: ${line}`,
      usefulErrorMessage: outcome.failed,
    };
  }
  const type = 'done' in outcome ? 'ReconcileSucceeded' : 'Reconciling';
  const friendlyDescription = 'done' in outcome ? 'Reconcile succeeded' : 'Reconciling';
  return {
    ...more,
    observedGeneration,
    conditions: [{ type, status: 'True' }],
    friendlyDescription,
    usefulErrorMessage: null,
  };
}

/** Writes how a reconcile ended into the status. */
export async function conclude(
  world: World,
  kind: ApiResource,
  object: KubeObject,
  outcome: Outcome,
  more: object = {},
): Promise<void> {
  await world.status(kind, object, outcomeStatus(object, outcome, more));
}

/** Reconciled at the object's present generation. */
export function isReconciled(object: KubeObject): boolean {
  return (
    hasCondition(object, 'ReconcileSucceeded') &&
    object.status.observedGeneration === object.metadata.generation
  );
}

/** Whether the condition is there and True. */
export function hasCondition(object: KubeObject, type: string): boolean {
  const conditions: { type: string; status: string }[] = object.status?.conditions ?? [];
  return conditions.some(condition => condition.type === type && condition.status === 'True');
}

/** Adds the controller's finalizer; the object with it. */
export function hold(
  world: World,
  kind: ApiResource,
  object: KubeObject,
  finalizer: string,
): Promise<KubeObject> {
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes(finalizer)) return Promise.resolve(object);
  return world.merge(kind, object, { metadata: { finalizers: [...finalizers, finalizer] } });
}

/** What vendir reports of a fetched bundle: the digest that a tag stood for. */
export function lockOutput(image: string): string {
  return [
    'apiVersion: vendir.k14s.io/v1alpha1',
    'directories:',
    '- contents:',
    '  - imgpkgBundle:',
    `      image: ${image}`,
    '    path: .',
    '  path: "0"',
    'kind: LockConfig',
    '',
  ].join('\n');
}
