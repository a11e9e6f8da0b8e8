import { groupOf, type KubeObject, keyOf, type ObjectId, type OwnerReference } from '../base/object.ts';
import type { ApiResource, Cluster } from '../cluster/cluster.ts';
import type { KindDescriptor } from '../foundation/descriptor.ts';
import { ALL_RULES } from '../foundation/variants.ts';

/** Kinds that others are linked to. */
const OWNERS = new Set(ALL_RULES.flatMap(({ relinkOwners = [] }) => relinkOwners));

interface Unlinked {
  readonly resource: ApiResource;
  readonly id: ObjectId;
  readonly owners: readonly OwnerReference[];
}

/**
 * Owner references with the owners' new UIDs. An old UID would have the garbage collector delete the object within
 * a second; none at all would leave Secrets behind for ever, since no controller sets theirs. An owner that comes
 * after what it owns (an app after its environment Secret) is linked once it is there.
 */
export class Owners {
  readonly #cluster: Cluster;
  readonly #uids = new Map<string, string>();
  #unlinked: Unlinked[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** What the archive says owns an object, as far as that is linked again; the UIDs are still the source's. */
  archived(descriptor: KindDescriptor, { metadata }: KubeObject): OwnerReference[] {
    const { relinkOwners = [] } = descriptor;
    return (metadata.ownerReferences ?? []).filter(({ kind }) => relinkOwners.includes(kind));
  }

  /** References to those of the owners that are in place, with their new UIDs. */
  inPlace(id: ObjectId, owners: readonly OwnerReference[]): OwnerReference[] {
    return owners.flatMap(owner => {
      const uid = this.#uids.get(ownerKey(id, owner));
      return uid === undefined ? [] : [{ ...owner, uid }];
    });
  }

  /** Notes that an object is in place, and sets what it lacks of its owners, now or later. */
  async placed(
    resource: ApiResource,
    id: ObjectId,
    live: KubeObject,
    owners: readonly OwnerReference[],
  ): Promise<'unchanged' | 'completed'> {
    if (live.metadata.uid !== undefined && OWNERS.has(id.kind)) this.#uids.set(keyOf(id), live.metadata.uid);
    const later = owners.filter(owner => !this.#uids.has(ownerKey(id, owner)));
    if (later.length > 0) this.#unlinked.push({ resource, id, owners: later });
    return this.#link(resource, live, this.inPlace(id, owners));
  }

  /** Called between waves. */
  async linkLate(): Promise<void> {
    const waiting = this.#unlinked;
    this.#unlinked = [];
    for (const one of waiting) {
      const owners = this.inPlace(one.id, one.owners);
      if (owners.length < one.owners.length) this.#unlinked.push(one);
      if (owners.length === 0) continue;
      const live = await this.#cluster.get(one.resource, one.id.namespace, one.id.name);
      if (live !== undefined) await this.#link(one.resource, live, owners);
    }
  }

  async #link(resource: ApiResource, live: KubeObject, owners: readonly OwnerReference[]) {
    const present = live.metadata.ownerReferences ?? [];
    const lacking = owners.filter(owner => !present.some(({ uid }) => uid === owner.uid));
    if (lacking.length === 0) return 'unchanged';
    // A reference to the same owner under another UID is a dead one.
    const others = present.filter(
      ({ kind, name }) => !lacking.some(owner => owner.kind === kind && owner.name === name),
    );
    const { namespace, name } = live.metadata;
    await this.#cluster.patch(resource, namespace, name, {
      type: 'merge',
      body: { metadata: { ownerReferences: [...others, ...lacking] } },
    });
    return 'completed';
  }
}

/** Owners live in the same namespace as what they own. */
function ownerKey(owned: ObjectId, { apiVersion, kind, name }: OwnerReference): string {
  const id = { group: groupOf(apiVersion), kind, name };
  return keyOf(owned.namespace === undefined ? id : { ...id, namespace: owned.namespace });
}
