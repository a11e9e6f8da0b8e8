import { mapLimit } from '../../base/concurrency.ts';
import type { Finding } from '../../base/findings.ts';
import { LIST_STREAMS } from '../../base/limits.ts';
import { idOf, type KubeObject, keyOf, type ObjectId, showId } from '../../base/object.ts';
import type { KindDescriptor } from '../../foundation/descriptor.ts';
import { texts } from '../../foundation/path.ts';
import { creations } from '../../foundation/waves.ts';
import { transform } from '../transform.ts';
import type { TriedRestore } from './tried.ts';

/**
 * Names that only one object may have, and that another object of the target has: Korifi refuses the second one, with
 * everything that belongs to it.
 */
export async function takenNames(options: TriedRestore): Promise<Finding[]> {
  const kinds = [...options.inventory.kinds.keys()].filter(({ uniqueName }) => uniqueName !== undefined);
  const findings = await mapLimit(kinds, LIST_STREAMS, kind => takenOfKind(kind, options));
  return findings.flat();
}

async function takenOfKind(
  descriptor: KindDescriptor,
  { inventory, store, mapping, cluster, surface, signal }: TriedRestore,
): Promise<Finding[]> {
  const resource = surface.find(descriptor.group, descriptor.kind, descriptor.versions);
  const holders = new Map<string, ObjectId>();
  if (resource !== undefined) {
    for await (const page of cluster.list(resource, signal === undefined ? {} : { signal })) {
      for (const object of page) holders.set(nameOf(descriptor, object), idOf(object));
    }
  }
  // Names of the archive are the source's, and differ, but for what lies in domains that become one.
  const ours =
    descriptor.domains?.objects !== undefined && mapping.domains.joins
      ? new Map<string, ObjectId>()
      : undefined;
  if (holders.size === 0 && ours === undefined) return [];
  const findings: Finding[] = [];
  for (const node of creations(inventory.waves)) {
    if (node.descriptor.kind !== descriptor.kind || node.descriptor.group !== descriptor.group) continue;
    const { id } = node;
    const wanted = transform(descriptor, await store.get(id), id, mapping);
    const unique = nameOf(descriptor, wanted);
    const twin = ours?.get(unique);
    ours?.set(unique, id);
    const holder = holders.get(unique) ?? twin;
    if (holder === undefined || keyOf(holder) === keyOf(id)) continue;
    const [name = id.name] = texts(wanted, descriptor.uniqueName?.[0] ?? 'metadata.name');
    findings.push({
      code: 'name-taken',
      severity: 'refuse',
      subject: showId(id),
      ...(holder === twin
        ? {
            text: `${descriptor.kind} ${name} (${id.name}) comes to the same place as ${showId(holder)} of the archive`,
            hint: 'keep their domains apart with --domain-map, or leave one of them out',
          }
        : {
            text: `${descriptor.kind} ${name} (${id.name}) finds its name taken on the target by ${showId(holder)}`,
            hint: 'rename or delete the one on the target, or leave that part of the archive out',
          }),
    });
  }
  return findings;
}

/** As Korifi's webhooks compare: without regard to case, within the namespace but for routes. */
function nameOf({ uniqueName = [], uniqueEverywhere }: KindDescriptor, object: KubeObject): string {
  const parts = uniqueName.map(path => texts(object, path)[0]?.toLowerCase() ?? '');
  return JSON.stringify([uniqueEverywhere ? '' : object.metadata.namespace, ...parts]);
}
