import type { Finding } from '../../base/findings.ts';
import { type ObjectId, showId } from '../../base/object.ts';
import type { ApiSurface, Cluster } from '../../cluster/cluster.ts';
import { descriptorOf } from '../../foundation/catalog.ts';
import { KORIFI } from '../../foundation/kinds/common.ts';
import { creations } from '../../foundation/waves.ts';
import { idIn } from '../conflicts.ts';
import type { Inventory } from '../inventory.ts';

/** Kinds of which each object has a namespace of its own name, its GUID. */
const HOMES = ['CFOrg', 'CFSpace'];

interface NamespaceOptions {
  readonly inventory: Inventory;
  readonly cluster: Cluster;
  readonly surface: ApiSurface;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Namespaces that objects need and will not get: one that is being deleted takes nothing new, and whatever stands in it
 * goes with it; one of an org or a space has its GUID for a name, which another org or space of the target may have.
 */
export async function checkNamespaces({
  inventory,
  cluster,
  surface,
  signal,
}: NamespaceOptions): Promise<Finding[]> {
  const needed = new Set<string>();
  const homes = new Map<string, ObjectId>();
  for (const { id } of creations(inventory.waves)) {
    if (id.namespace !== undefined) needed.add(id.namespace);
    if (id.group === KORIFI && HOMES.includes(id.kind)) homes.set(id.name, id);
  }
  const listed = { metadataOnly: true, ...(signal && { signal }) };
  const findings: Finding[] = [];
  for (const [group, kind] of [['', 'Namespace'] as const, ...HOMES.map(home => [KORIFI, home] as const)]) {
    const resource = surface.find(group, kind, descriptorOf(group, kind)?.versions ?? []);
    if (resource === undefined) continue;
    for await (const page of cluster.list(resource, listed)) {
      for (const live of page) {
        const { name, deletionTimestamp } = live.metadata;
        const home = homes.get(name);
        const isWanted = needed.has(name) || home !== undefined;
        if (kind !== 'Namespace') findings.push(...taken(home, idIn(resource, live)));
        else if (isWanted && deletionTimestamp !== undefined) findings.push(going(name));
      }
    }
  }
  return findings;
}

function going(name: string): Finding {
  const text = `the namespace ${name} is being deleted on the target, and takes nothing new`;
  const hint = `wait until it is gone; its status says what holds it: kubectl get namespace ${name} -o yaml`;
  return { code: 'namespace-going', severity: 'refuse', subject: `Namespace ${name}`, text, hint };
}

function taken(wanted: ObjectId | undefined, live: ObjectId): Finding[] {
  if (wanted === undefined || showId(wanted) === showId(live)) return [];
  const text = `${showId(wanted)} finds its GUID, the name of its namespace, taken on the target by ${showId(live)}`;
  const hint = 'delete the one on the target, or leave that part of the archive out';
  return [{ code: 'guid-taken', severity: 'refuse', subject: showId(wanted), text, hint }];
}
