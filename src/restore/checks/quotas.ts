import type { Finding } from '../../base/findings.ts';
import type { KubeObject } from '../../base/object.ts';
import type { ApiSurface, Cluster } from '../../cluster/cluster.ts';
import type { KindDescriptor } from '../../foundation/descriptor.ts';
import { creations } from '../../foundation/waves.ts';
import type { Inventory } from '../inventory.ts';

interface QuotaOptions {
  readonly inventory: Inventory;
  readonly cluster: Cluster;
  readonly surface: ApiSurface;
  readonly signal?: AbortSignal | undefined;
}

/** What is to be made of a kind in a namespace that has a quota. */
interface Planned {
  readonly descriptor: KindDescriptor;
  readonly names: Set<string>;
}

/**
 * Quotas on numbers of objects, in namespaces that the target has already, with less room than the restore needs. What
 * is there already needs none. Those on memory and processors speak of instances, which Korifi starts and the restore
 * does not.
 */
export async function checkQuotas(options: QuotaOptions): Promise<Finding[]> {
  const { cluster, surface, signal } = options;
  const resource = surface.find('', 'ResourceQuota', ['v1']);
  if (resource === undefined) return [];
  const quotas = (await Array.fromAsync(cluster.list(resource, signal && { signal }))).flat();
  if (quotas.length === 0) return [];
  const planned = plannedIn(new Set(quotas.map(({ metadata }) => metadata.namespace)), options);
  const findings: Finding[] = [];
  for (const quota of quotas) {
    for (const { descriptor, names } of planned.get(quota.metadata.namespace ?? '')?.values() ?? []) {
      const found = room(quota, descriptor);
      // Most often there is room enough: only else is it worth looking at what is there.
      if (found === undefined || names.size <= found.free) continue;
      const missing = await missingOf(quota.metadata.namespace, descriptor, names, options);
      if (missing > found.free) findings.push(tooSmall(quota, found, missing));
    }
  }
  return findings;
}

/** By namespace and plural. */
function plannedIn(
  namespaces: ReadonlySet<string | undefined>,
  { inventory }: QuotaOptions,
): Map<string, Map<string, Planned>> {
  const planned = new Map<string, Map<string, Planned>>();
  for (const { id, descriptor } of creations(inventory.waves)) {
    if (id.namespace === undefined || !namespaces.has(id.namespace)) continue;
    const kinds = planned.get(id.namespace) ?? new Map<string, Planned>();
    planned.set(id.namespace, kinds);
    const kind = kinds.get(descriptor.plural) ?? { descriptor, names: new Set<string>() };
    kinds.set(descriptor.plural, kind);
    kind.names.add(id.name);
  }
  return planned;
}

/** How many more objects of a kind a quota allows, by its name for them; undefined where it says nothing of them. */
function room({ status }: KubeObject, { group, plural }: KindDescriptor) {
  const { hard = {}, used = {} } = status ?? {};
  const names = group === '' ? [plural, `count/${plural}`] : [`count/${plural}.${group}`];
  const rooms = names.map(name => ({ name, free: Number(hard[name]) - Number(used[name] ?? 0) }));
  // Quantities with a unit count no objects.
  const counted = rooms.filter(({ free }) => Number.isFinite(free));
  return counted.sort((a, b) => a.free - b.free)[0];
}

async function missingOf(
  namespace: string | undefined,
  { group, kind, versions }: KindDescriptor,
  names: ReadonlySet<string>,
  { cluster, surface, signal }: QuotaOptions,
): Promise<number> {
  const resource = surface.find(group, kind, versions);
  if (resource === undefined || namespace === undefined) return names.size;
  const pages = cluster.list(resource, { namespace, metadataOnly: true, ...(signal && { signal }) });
  const there = (await Array.fromAsync(pages)).flat().filter(({ metadata }) => names.has(metadata.name));
  return names.size - there.length;
}

function tooSmall({ metadata }: KubeObject, { name, free }: { name: string; free: number }, missing: number) {
  const subject = `ResourceQuota ${metadata.namespace}/${metadata.name}`;
  const text = `${subject} leaves room for ${Math.max(0, free)} more ${name} on the target, and ${missing} are to be made`;
  const hint = `raise it: kubectl edit resourcequota ${metadata.name} -n ${metadata.namespace}`;
  return { code: 'quota', severity: 'refuse', subject, text, hint } as const;
}
