import { type KubeObject, keyOf, type ObjectId } from '../base/object.ts';
import { descriptorOf } from './catalog.ts';
import type { FoundationFacts, KindDescriptor } from './descriptor.ts';
import { korifi, NAMESPACE } from './kinds/common.ts';
import { passes } from './marks.ts';
import { beside, type Place, places, texts } from './path.ts';
import type { ReferenceRule } from './rules.ts';
import { rulesFor } from './variants.ts';

/** What one object names, by one rule. */
export interface Reference {
  readonly rule: ReferenceRule;
  readonly name: string;
  /** Which objects may be meant, the first that exists; none for what whole kinds bring. */
  readonly targets: readonly ObjectId[];
}

/** Where every namespaced object lives: in a namespace of its own right, or in one that Korifi makes. */
export const NAMESPACE_RULE: ReferenceRule = {
  path: 'metadata.namespace',
  to: [NAMESPACE, korifi('CFSpace'), korifi('CFOrg')],
  in: 'any',
  order: 'before',
  optional: true,
};

/**
 * Everything that an object refers to. A target that is found by its name alone (`in: 'any'`) has no namespace here
 * unless the name says it: look it up with {@link looseKeyOf}.
 */
export function referencesOf(
  descriptor: KindDescriptor,
  object: KubeObject,
  facts: FoundationFacts = {},
): Reference[] {
  const rules = [
    ...(descriptor.namespaced ? [NAMESPACE_RULE] : []),
    ...(rulesFor(descriptor, object).references ?? []),
  ];
  return rules.flatMap(rule => byRule(rule, object, facts));
}

function byRule(rule: ReferenceRule, object: KubeObject, facts: FoundationFacts): Reference[] {
  if (rule.where && !passes(object, rule.where, facts)) return [];
  const references: Reference[] = [];
  for (const place of places(object, rule.path)) {
    const name = place.value;
    if (typeof name !== 'string' || name === '' || isExcepted(rule, name, facts)) continue;
    if (rule.when && beside(place, rule.when.beside) !== rule.when.is) continue;
    references.push({ rule, name, targets: targetsOf(rule, name, place, object) });
  }
  return references;
}

function isExcepted(
  { except }: ReferenceRule,
  name: string,
  { registrySecretNames }: FoundationFacts,
): boolean {
  return except === 'registry-secrets' && (registrySecretNames?.includes(name) ?? true);
}

function targetsOf(rule: ReferenceRule, name: string, place: Place, object: KubeObject): ObjectId[] {
  if (rule.in === 'brought') return [];
  const namespace = namespaceOf(rule, place, object);
  return rule.to.map(({ group, kind }) => {
    const namespaced = descriptorOf(group, kind)?.namespaced ?? true;
    return { group, kind, name, ...(namespaced && namespace !== undefined && { namespace }) };
  });
}

function namespaceOf(
  { in: where = 'same' }: ReferenceRule,
  place: Place,
  object: KubeObject,
): string | undefined {
  if (where === 'same') return object.metadata.namespace;
  if (typeof where === 'string') return undefined;
  const stated = 'path' in where ? texts(object, where.path)[0] : beside(place, where.beside);
  return typeof stated === 'string' && stated !== '' ? stated : object.metadata.namespace;
}

/** The key by which a target of an `any` reference is found, whatever namespace it is in. */
export function looseKeyOf({ group, kind, name }: ObjectId): string {
  return keyOf({ group, kind, name });
}
