import { kindKey } from './catalog.ts';
import { NAMESPACE_RULE } from './references.ts';
import type { KindName } from './rules.ts';
import { ALL_RULES } from './variants.ts';

/** What the catalog's rules between kinds come to; the same for every restore. */
const DIRECTLY_AFTER = new Map<string, string[]>();
const PULLED = new Set<string>();
const FOUND_BY_NAME = new Set<string>();
const IN_NAMESPACE_RULES = new Set<string>();

for (const kind of NAMESPACE_RULE.to) FOUND_BY_NAME.add(kindKey(kind));
for (const descriptor of ALL_RULES) {
  for (const earlier of descriptor.after ?? []) {
    const later = DIRECTLY_AFTER.get(kindKey(earlier)) ?? [];
    DIRECTLY_AFTER.set(kindKey(earlier), [...later, kindKey(descriptor)]);
  }
  for (const rule of descriptor.references ?? []) {
    for (const kind of rule.to) {
      if (rule.pulls) PULLED.add(kindKey(kind));
      if (rule.in === 'any') FOUND_BY_NAME.add(kindKey(kind));
    }
  }
  for (const kind of descriptor.afterInNamespace ?? []) IN_NAMESPACE_RULES.add(kindKey(kind));
}

const ALL_AFTER = new Map<string, ReadonlySet<string>>();

function allAfter(kind: string): ReadonlySet<string> {
  const known = ALL_AFTER.get(kind);
  if (known) return known;
  const later = new Set<string>();
  const open = [kind];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const after of DIRECTLY_AFTER.get(next) ?? []) {
      if (later.has(after)) continue;
      later.add(after);
      open.push(after);
    }
  }
  ALL_AFTER.set(kind, later);
  return later;
}

/** Whether all of `later` wait, through whatever kinds, for all of `earlier`. */
export function comesAfter(later: KindName, earlier: KindName): boolean {
  return allAfter(kindKey(earlier)).has(kindKey(later));
}

/** Whether other objects may be needed before one of this kind works. */
export function isPulled(kind: KindName): boolean {
  return PULLED.has(kindKey(kind));
}

/** Whether references find objects of this kind by their names alone, whatever namespace they are in. */
export function isFoundByName(kind: KindName): boolean {
  return FOUND_BY_NAME.has(kindKey(kind));
}

/** Whether some kind waits for this one in the same namespace. */
export function isNamedInNamespaceRules(kind: KindName): boolean {
  return IN_NAMESPACE_RULES.has(kindKey(kind));
}
