import type { Finding } from '../../base/findings.ts';
import { RBAC } from '../../foundation/kinds/common.ts';
import { creations } from '../../foundation/waves.ts';
import type { TriedRestore } from './tried.ts';

/** Names that are told of many. */
const NAMED = 5;

/**
 * New names for people who have no role in what is restored: a map for a whole company has many, and a misspelt one leaves
 * somebody with a name that the target does not know.
 */
export async function unknownSubjects({
  inventory,
  store,
  mapping,
}: Pick<TriedRestore, 'inventory' | 'store' | 'mapping'>): Promise<Finding[]> {
  const { subjects } = mapping;
  if (subjects === undefined) return [];
  const wanted = new Set(
    [...subjects].flatMap(([kind, names]) => [...names.keys()].map(name => `${kind}/${name}`)),
  );
  const known = new Set<string>();
  for (const { id } of creations(inventory.waves)) {
    if (id.group !== RBAC || !id.kind.endsWith('Binding')) continue;
    const { subjects: given } = await store.get(id);
    if (!Array.isArray(given)) continue;
    for (const { kind, name } of given as { kind?: string; name?: string }[])
      if (kind === 'User' || kind === 'Group') known.add(`${kind}/${name}`);
  }
  const unknown = [...wanted.difference(known)];
  const [subject] = unknown;
  if (subject === undefined) return [];
  const text = `--subject-map has new names for ${some(unknown)}, to whom no role here is given`;
  const hint = `roles are given to ${some([...known].sort()) || 'nobody'}`;
  return [{ code: 'subject-unknown', severity: 'warn', subject, text, hint }];
}

function some(names: readonly string[]): string {
  const named = names.slice(0, NAMED).join(', ');
  return names.length > NAMED ? `${named} and ${names.length - NAMED} more` : named;
}
