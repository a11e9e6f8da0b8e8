import type { Finding } from '../base/findings.ts';
import { keyOf, showId } from '../base/object.ts';
import { creations } from '../foundation/waves.ts';
import type { Inventory } from './inventory.ts';
import type { ObjectStore } from './store.ts';
import { type Mapping, rewriteData } from './transform.ts';

/** What package values will name instead of what they named at the source: the places, never what stands there. */
export async function rewrittenValues(
  inventory: Inventory,
  store: ObjectStore,
  mapping: Mapping,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  if (mapping.valuesSecrets.size === 0) return findings;
  for (const { id } of creations(inventory.waves)) {
    if (!mapping.valuesSecrets.has(keyOf(id))) continue;
    const paths = rewriteData(structuredClone(await store.get(id)), mapping);
    if (paths.length === 0) continue;
    const subject = showId(id);
    const text = `the values in ${subject} are rewritten for the target: ${paths.join(', ')}`;
    findings.push({ code: 'values-rewritten', severity: 'note', subject, text });
  }
  return findings;
}
