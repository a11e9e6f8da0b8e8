import type { KubeObject } from '../base/object.ts';

/** One entry of `.status.conditions`. */
interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
}

export function conditionsOf(object: KubeObject): Condition[] {
  const conditions: unknown = object.status?.conditions;
  return Array.isArray(conditions) ? conditions.filter(isCondition) : [];
}

function isCondition(value: unknown): value is Condition {
  return typeof value === 'object' && value !== null && 'type' in value && 'status' in value;
}

function isTrue(object: KubeObject, type: string): boolean {
  return conditionsOf(object).some(condition => condition.type === type && condition.status === 'True');
}

/** The first of these conditions that the object shows as True. */
export function firstTrue(object: KubeObject, types: readonly string[]): string | undefined {
  return types.find(type => isTrue(object, type));
}

/** Whether a condition is True and speaks of the object as it stands now, not of an earlier generation. */
export function isReady(object: KubeObject, type: string): boolean {
  const condition = conditionsOf(object).find(candidate => candidate.type === type);
  if (condition?.status !== 'True') return false;
  const observed = condition.observedGeneration ?? object.status?.observedGeneration;
  return typeof observed !== 'number' || observed >= (object.metadata.generation ?? 0);
}

/** What the controller says about an object that is not ready: its own words, as they are. */
export function controllerMessage(object: KubeObject): string | undefined {
  const { usefulErrorMessage, friendlyDescription } = object.status ?? {};
  if (typeof usefulErrorMessage === 'string' && usefulErrorMessage !== '') return usefulErrorMessage.trim();
  const waiting = conditionsOf(object).find(
    ({ status, message, reason }) => status !== 'True' && (message || reason),
  );
  if (waiting !== undefined) return waiting.message || waiting.reason;
  return typeof friendlyDescription === 'string' ? friendlyDescription : undefined;
}
