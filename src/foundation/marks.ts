import type { Json, KubeObject } from '../base/object.ts';
import type { FoundationFacts } from './descriptor.ts';
import { texts, values } from './path.ts';
import type { Test } from './rules.ts';

const KAPP_APP = 'metadata.labels["kapp.k14s.io/app"]';

/** Whether the object passes all that the test states. */
export function passes(object: KubeObject, test: Test, facts: FoundationFacts = {}): boolean {
  if (test.label !== undefined && !has(object, `metadata.labels["${test.label}"]`)) return false;
  if (test.annotation !== undefined && !has(object, `metadata.annotations["${test.annotation}"]`))
    return false;
  if (test.notAnnotation !== undefined && has(object, `metadata.annotations["${test.notAnnotation}"]`))
    return false;
  if (test.path !== undefined && !values(object, test.path).some(value => fits(value, test))) return false;
  if (test.lacks !== undefined && texts(object, test.lacks).length > 0) return false;
  if (test.ownedBy && !isOwnedBy(object, test.ownedBy)) return false;
  if (test.notOwnedBy && isOwnedBy(object, test.notOwnedBy)) return false;
  if (test.deployedByController && !isDeployedByController(object, facts)) return false;
  return test.and === undefined || passes(object, test.and, facts);
}

function fits(value: Json, { is, startsWith, matches }: Test): boolean {
  if (is !== undefined && value !== is) return false;
  if (startsWith !== undefined && !(typeof value === 'string' && value.startsWith(startsWith))) return false;
  return matches === undefined || (typeof value === 'string' && new RegExp(`^(?:${matches})$`).test(value));
}

function has(object: KubeObject, path: string): boolean {
  return values(object, path).length > 0;
}

function isOwnedBy(object: KubeObject, kinds: readonly string[]): boolean {
  return texts(object, 'metadata.ownerReferences[].kind').some(kind => kinds.includes(kind));
}

function isDeployedByController(object: KubeObject, { controllerApps }: FoundationFacts): boolean {
  return texts(object, KAPP_APP).some(app => controllerApps?.has(app) ?? true);
}
