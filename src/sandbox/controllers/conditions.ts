import type { KubeObject } from '../../base/object.ts';

/** A condition as a controller decides it. */
export interface Decision {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message?: string;
}

/** A condition as it stands in `status.conditions` (metav1.Condition). */
export interface Condition extends Required<Decision> {
  observedGeneration: number;
  lastTransitionTime: string;
}

/** The condition of a type, as the object has it. */
export function conditionOf(object: KubeObject, type: string): Condition | undefined {
  return object.status?.conditions?.find((condition: Condition) => condition.type === type);
}

/** Whether the condition of a type is True. */
export function isTrue(object: KubeObject, type: string): boolean {
  return conditionOf(object, type)?.status === 'True';
}

/** The object's conditions with the decisions in place; the time moves only when a status changes. */
export function decide(object: KubeObject, decisions: readonly Decision[]): Condition[] {
  const before: Condition[] = object.status?.conditions ?? [];
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const decided = decisions.map((decision): Condition => {
    const old = before.find(condition => condition.type === decision.type);
    return {
      type: decision.type,
      status: decision.status,
      reason: decision.reason,
      message: decision.message ?? '',
      observedGeneration: object.metadata.generation ?? 1,
      lastTransitionTime: old?.status === decision.status ? old.lastTransitionTime : now,
    };
  });
  const others = before.filter(old => !decisions.some(decision => decision.type === old.type));
  return [...others, ...decided];
}
