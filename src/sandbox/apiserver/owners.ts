import { groupOf, type KubeObject, type OwnerReference } from '../../base/object.ts';
import type { Background } from './background.ts';
import { collectionOf } from './collection.ts';
import { isCollected, PROPAGATION_FINALIZERS } from './deletion.ts';
import { type Kind, resourceName } from './kind.ts';
import type { Kinds } from './kinds.ts';
import type { Objects } from './objects.ts';
import type { Change } from './storage.ts';

type OwnerState = 'solid' | 'dangling' | 'waiting';

/**
 * The garbage collector: what belongs to owners that are all gone is deleted, by their UID: an owner of the same
 * name that was made anew is another one.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
export class Owners {
  readonly #objects: Objects;
  readonly #kinds: Kinds;
  readonly #background: Background;
  /** By the owner's UID. */
  readonly #dependents = new Map<string, Map<string, Change>>();

  constructor(objects: Objects, kinds: Kinds, background: Background) {
    this.#objects = objects;
    this.#kinds = kinds;
    this.#background = background;
    objects.storage.onChange(change => this.#note(change));
  }

  #note(change: Change): void {
    const { object, previous, type } = change;
    for (const { uid } of previous?.metadata.ownerReferences ?? [])
      this.#dependents.get(uid)?.delete(keyOf(change));
    if (type === 'DELETED') {
      for (const dependent of this.#dependentsOf(object)) this.#checkLater(dependent);
      this.#dependents.delete(object.metadata.uid ?? '');
      for (const owner of object.metadata.ownerReferences ?? []) this.#releaseOwner(object, owner);
      return;
    }
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(uid) ?? new Map<string, Change>();
      this.#dependents.set(uid, dependents.set(keyOf(change), change));
    }
    if (object.metadata.ownerReferences?.length) this.#checkLater(change);
    if (isCollected(object)) this.#releaseLater(change);
  }

  #checkLater(change: Change): void {
    this.#background.later(`owners of ${keyOf(change)}`, () => this.#check(change));
  }

  #releaseLater(change: Change): void {
    this.#background.later(`dependents of ${keyOf(change)}`, () => this.#release(change));
  }

  /** Deletes an object without owners, and drops the owners that are gone while others remain. */
  async #check({ kind, object }: Change): Promise<void> {
    const current = this.#current(kind, object);
    const references = current?.metadata.ownerReferences ?? [];
    if (current === undefined || references.length === 0) return;
    const states = references.map(reference => this.#stateOf(reference, kind, current));
    const collection = collectionOf(kind, current);
    const { name, uid } = current.metadata;
    if (!states.includes('solid')) {
      if (current.metadata.deletionTimestamp !== undefined) return;
      const propagation = states.includes('waiting') ? 'Foreground' : 'Background';
      await this.#objects.delete(collection, name, { propagation, preconditions: { uid: uid ?? '' } });
      return;
    }
    const solid = references.filter((_, index) => states[index] === 'solid');
    if (solid.length === references.length) return;
    await this.#objects.update(collection, name, live => ({
      ...live,
      metadata: { ...live.metadata, ownerReferences: solid },
    }));
  }

  #stateOf(reference: OwnerReference, kind: Kind, dependent: KubeObject): OwnerState {
    const ownerKind = this.#kinds.ofKind(groupOf(reference.apiVersion), reference.kind);
    // What cannot be looked up cannot be known to be gone.
    if (ownerKind === undefined || (ownerKind.namespaced && !kind.namespaced)) return 'solid';
    const namespace = ownerKind.namespaced ? dependent.metadata.namespace : undefined;
    const owner = this.#objects.storage.get(ownerKind, namespace, reference.name);
    if (owner?.metadata.uid !== reference.uid) return 'dangling';
    const { deletionTimestamp, finalizers } = owner.metadata;
    const waits = deletionTimestamp !== undefined && finalizers?.includes(PROPAGATION_FINALIZERS.Foreground);
    return waits ? 'waiting' : 'solid';
  }

  /** Lets go of an owner that is being deleted, once its dependents are gone or orphaned. */
  async #release({ kind, object }: Change): Promise<void> {
    const owner = this.#current(kind, object);
    if (owner === undefined || !isCollected(owner)) return;
    const orphan = owner.metadata.finalizers?.includes(PROPAGATION_FINALIZERS.Orphan);
    const dependents = [...this.#dependentsOf(owner)];
    if (orphan) for (const dependent of dependents) await this.#orphan(dependent, owner);
    else for (const dependent of dependents) this.#checkLater(dependent);
    if (!orphan && dependents.some(dependent => isBlocking(dependent.object, owner))) return;
    const done: string = orphan ? PROPAGATION_FINALIZERS.Orphan : PROPAGATION_FINALIZERS.Foreground;
    await this.#objects.update(collectionOf(kind, owner), owner.metadata.name, live => ({
      ...live,
      metadata: {
        ...live.metadata,
        finalizers: live.metadata.finalizers?.filter(name => name !== done) ?? [],
      },
    }));
  }

  async #orphan({ kind, object }: Change, owner: KubeObject): Promise<void> {
    if (this.#current(kind, object) === undefined) return;
    await this.#objects.update(collectionOf(kind, object), object.metadata.name, live => {
      const ownerReferences =
        live.metadata.ownerReferences?.filter(({ uid }) => uid !== owner.metadata.uid) ?? [];
      return { ...live, metadata: { ...live.metadata, ownerReferences } };
    });
  }

  #releaseOwner(dependent: KubeObject, reference: OwnerReference): void {
    const kind = this.#kinds.ofKind(groupOf(reference.apiVersion), reference.kind);
    if (kind === undefined) return;
    const namespace = kind.namespaced ? dependent.metadata.namespace : undefined;
    const owner = this.#objects.storage.get(kind, namespace, reference.name);
    if (owner !== undefined && isCollected(owner)) {
      this.#releaseLater({ type: 'MODIFIED', kind, object: owner, previous: undefined, revision: 0 });
    }
  }

  #dependentsOf(owner: KubeObject): Iterable<Change> {
    return this.#dependents.get(owner.metadata.uid ?? '')?.values() ?? [];
  }

  #current(kind: Kind, object: KubeObject): KubeObject | undefined {
    const current = this.#objects.storage.get(kind, object.metadata.namespace, object.metadata.name);
    return current?.metadata.uid === object.metadata.uid ? current : undefined;
  }
}

function isBlocking(dependent: KubeObject, owner: KubeObject): boolean {
  const references = dependent.metadata.ownerReferences ?? [];
  return references.some(
    ({ uid, blockOwnerDeletion }) => uid === owner.metadata.uid && blockOwnerDeletion === true,
  );
}

function keyOf({ kind, object }: Change): string {
  return `${resourceName(kind)}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}
