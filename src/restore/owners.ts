import { groupOf, type KubeObject, type ObjectId, type OwnerReference } from '../base/object.ts';
import type { ApiResource, Cluster } from '../cluster/cluster.ts';
import type { KindDescriptor } from '../foundation/descriptor.ts';
import type { Names } from '../foundation/names.ts';
import { ALL_RULES } from '../foundation/variants.ts';
import { Uids } from './uids.ts';

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
  readonly #names: Names;
  readonly #uids = new Uids();
  #unlinked: Unlinked[] = [];

  /** @param names those of the restore's objects, which are all that are placed */
  constructor(cluster: Cluster, names: Names) {
    this.#cluster = cluster;
    this.#names = names;
  }

  /** What the archive says owns an object, as far as that is linked again; the UIDs are still the source's. */
  archived(descriptor: KindDescriptor, { metadata }: KubeObject): OwnerReference[] {
    const { relinkOwners = [] } = descriptor;
    return (metadata.ownerReferences ?? []).filter(({ kind }) => relinkOwners.includes(kind));
  }

  /** References to those of the owners that are in place, with their new UIDs. */
  inPlace(id: ObjectId, owners: readonly OwnerReference[]): OwnerReference[] {
    return owners.flatMap(owner => {
      const uid = this.#uidOf(id, owner);
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
    if (live.metadata.uid !== undefined && OWNERS.has(id.kind))
      this.#uids.set(this.#names.numberOf(id), live.metadata.uid);
    const later = owners.filter(owner => this.#uidOf(id, owner) === undefined);
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

  #uidOf(owned: ObjectId, owner: OwnerReference): string | undefined {
    const number = this.#names.find(ownerIdOf(owned, owner));
    return number === undefined ? undefined : this.#uids.get(number);
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
function ownerIdOf(owned: ObjectId, { apiVersion, kind, name }: OwnerReference): ObjectId {
  const id = { group: groupOf(apiVersion), kind, name };
  return owned.namespace === undefined ? id : { ...id, namespace: owned.namespace };
}
