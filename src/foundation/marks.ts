import type { Json, KubeObject } from '../base/object.ts';
import type { FoundationFacts, Test } from './descriptor.ts';
import { values } from './path.ts';

const KAPP_APP_LABEL = 'kapp.k14s.io/app';

/** Whether the object passes all that the test states. */
export function passes(object: KubeObject, test: Test, facts: FoundationFacts = {}): boolean {
  const { labels = {}, annotations = {} } = object.metadata;
  if (test.label !== undefined && !Object.hasOwn(labels, test.label)) return false;
  if (test.annotation !== undefined && !Object.hasOwn(annotations, test.annotation)) return false;
  if (test.path !== undefined && !values(object, test.path).some(value => fits(value, test))) return false;
  if (test.absent !== undefined && values(object, test.absent).length > 0) return false;
  if (test.ownedBy && !isOwnedBy(object, test.ownedBy)) return false;
  if (test.notOwnedBy && isOwnedBy(object, test.notOwnedBy)) return false;
  if (test.deployedByController && !isDeployedByController(labels[KAPP_APP_LABEL], facts)) return false;
  return test.and === undefined || passes(object, test.and, facts);
}

function fits(value: Json, { is, startsWith, matches }: Test): boolean {
  if (is !== undefined && value !== is) return false;
  if (startsWith !== undefined && !(typeof value === 'string' && value.startsWith(startsWith))) return false;
  return matches === undefined || (typeof value === 'string' && new RegExp(`^(?:${matches})$`).test(value));
}

function isOwnedBy(object: KubeObject, kinds: readonly string[]): boolean {
  return object.metadata.ownerReferences?.some(({ kind }) => kinds.includes(kind)) ?? false;
}

function isDeployedByController(app: string | undefined, { controllerApps }: FoundationFacts): boolean {
  return app !== undefined && (controllerApps?.has(app) ?? true);
}
