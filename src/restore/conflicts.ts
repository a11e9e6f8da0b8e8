import { forEachLimit } from '../base/concurrency.ts';
import { APPLY_IN_FLIGHT } from '../base/limits.ts';
import { type KubeObject, keyOf, type ObjectId, showId } from '../base/object.ts';
import type { ApiResource, Cluster } from '../cluster/cluster.ts';
import { descriptorOf } from '../foundation/catalog.ts';
import { differences } from '../foundation/compare.ts';
import type { KindDescriptor } from '../foundation/descriptor.ts';
import { type ShownDifference, shown } from '../foundation/shown.ts';
import { creations, type WaveNode } from '../foundation/waves.ts';
import type { Prepared } from './prepare.ts';
import { transform } from './transform.ts';

/**
 * What becomes of an object that is there and differs: it is left as it is and reported, its fields are made those of
 * the archive, or nothing is written at all.
 */
export type OnExisting = 'skip' | 'update' | 'fail';

/** Up to so many objects of a kind are asked for one by one; more are listed. */
const ASKED_ONE_BY_ONE = 50;

/** An object that is there and is not as the archive has it. */
export interface Conflict {
  readonly subject: string;
  readonly fields: readonly ShownDifference[];
}

/** Looks for every object of a restore that is there already and differs, before anything is written. */
export async function findConflicts(
  { inventory, store, mapping, target }: Prepared,
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<Conflict[]> {
  const conflicts: Conflict[] = [];
  const compare = async ({ id, descriptor }: WaveNode, live: KubeObject) => {
    const wanted = transform(descriptor, await store.get(id), id, mapping);
    const isConverted = mapping.crossing.conversions.length > 0;
    const differing = differences(descriptor, wanted, live, { isConverted });
    const fields = differing.map(difference => shown(descriptor, difference));
    if (fields.length > 0) conflicts.push({ subject: showId(id), fields });
  };
  for (const [descriptor, nodes] of objectsByKind(inventory.waves)) {
    const resource = target.surface.find(descriptor.group, descriptor.kind, descriptor.versions);
    if (resource === undefined) continue;
    if (nodes.length <= ASKED_ONE_BY_ONE) {
      await forEachLimit(nodes, APPLY_IN_FLIGHT, async node => {
        const live = await cluster.get(resource, node.id.namespace, node.id.name, signal);
        if (live !== undefined) await compare(node, live);
      });
    } else {
      const wanted = new Map(nodes.map(node => [keyOf(node.id), node]));
      for await (const page of cluster.list(resource, signal && { signal })) {
        for (const live of page) {
          const node = wanted.get(keyOf(idIn(resource, live)));
          if (node !== undefined) await compare(node, live);
        }
      }
    }
  }
  return conflicts.sort((a, b) => (a.subject < b.subject ? -1 : 1));
}

/** Every object of a restore once, by kind. */
export function objectsByKind(waves: Prepared['inventory']['waves']): Map<KindDescriptor, WaveNode[]> {
  return Map.groupBy(
    creations(waves),
    ({ descriptor }) => descriptorOf(descriptor.group, descriptor.kind) ?? descriptor,
  );
}

/** The identity of an object in a list. */
export function idIn({ group, kind }: ApiResource, { metadata: { name, namespace } }: KubeObject): ObjectId {
  return { group, kind, name, ...(namespace !== undefined && { namespace }) };
}
