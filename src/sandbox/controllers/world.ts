import type { KubeObject, OwnerReference } from '../../base/object.ts';
import type { ApiResource, Cluster } from '../../cluster/cluster.ts';
import { apiVersionOf } from '../kinds.ts';
import { includes } from './compare.ts';
import type { Places } from './places.ts';

/** An object on its way to the server: apiVersion and kind come from the kind it is written as. */
export type Desired = Omit<KubeObject, 'apiVersion' | 'kind'>;

/**
 * The cluster as it was when a pass of the controllers began, like an informer's cache, with the pass's own
 * writes in it. It may be behind what others have written since: before doing what cannot be undone, look
 * again with {@link fresh}.
 */
export class World {
  readonly cluster: Cluster;
  readonly #objects: ReadonlyMap<ApiResource, Places>;
  #writes = 0;

  constructor(cluster: Cluster, objects: ReadonlyMap<ApiResource, Places>) {
    this.cluster = cluster;
    this.#objects = objects;
  }

  /** Writes of this pass: a pass without any has found everything as it should be. */
  get writes(): number {
    return this.#writes;
  }

  serves(kind: ApiResource): boolean {
    return this.#objects.has(kind);
  }

  all(kind: ApiResource): KubeObject[] {
    return this.#objects.get(kind)?.all() ?? [];
  }

  in(kind: ApiResource, namespace: string | undefined): KubeObject[] {
    return this.#objects.get(kind)?.in(namespace) ?? [];
  }

  find(kind: ApiResource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#objects.get(kind)?.find(namespace, name);
  }

  /** The object as the server has it now. */
  async fresh(
    kind: ApiResource,
    namespace: string | undefined,
    name: string,
  ): Promise<KubeObject | undefined> {
    return this.cluster.get(kind, namespace, name);
  }

  async create(kind: ApiResource, desired: Desired): Promise<KubeObject> {
    const object = { ...desired, apiVersion: apiVersionOf(kind), kind: kind.kind } as KubeObject;
    return this.#keep(kind, await this.cluster.create(kind, object));
  }

  /** Creates the object or brings its desired fields in place; writes nothing when they are. */
  async ensure(kind: ApiResource, desired: Desired): Promise<KubeObject> {
    const live = this.find(kind, desired.metadata.namespace, desired.metadata.name);
    if (live === undefined) return this.create(kind, desired);
    return this.merge(kind, live, desired);
  }

  async merge(kind: ApiResource, live: KubeObject, fields: object): Promise<KubeObject> {
    if (includes(live, fields)) return live;
    const { namespace, name } = live.metadata;
    return this.#keep(kind, await this.cluster.patch(kind, namespace, name, { type: 'merge', body: fields }));
  }

  /** Merges fields into `status`; writes nothing when they are there. */
  async status(kind: ApiResource, live: KubeObject, status: object): Promise<KubeObject> {
    if (includes(live, { status })) return live;
    const { namespace, name } = live.metadata;
    const patch = { type: 'merge', body: { status }, subresource: 'status' } as const;
    return this.#keep(kind, await this.cluster.patch(kind, namespace, name, patch));
  }

  /** Makes `owner` the controller of the object, in place of a former one of the same name. */
  async own(kind: ApiResource, live: KubeObject, owner: KubeObject): Promise<KubeObject> {
    const references = live.metadata.ownerReferences ?? [];
    if (references.some(reference => reference.uid === owner.metadata.uid)) return live;
    const others = references.filter(({ kind, name }) => kind !== owner.kind || name !== owner.metadata.name);
    return this.merge(kind, live, { metadata: { ownerReferences: [...others, controlledBy(owner)] } });
  }

  async dropFinalizer(kind: ApiResource, live: KubeObject, finalizer: string): Promise<void> {
    const finalizers = (live.metadata.finalizers ?? []).filter(name => name !== finalizer);
    if (finalizers.length !== live.metadata.finalizers?.length) {
      await this.merge(kind, live, { metadata: { finalizers } });
    }
  }

  async delete(kind: ApiResource, live: KubeObject): Promise<void> {
    if (live.metadata.deletionTimestamp !== undefined) return;
    this.#writes += 1;
    const { namespace, name } = live.metadata;
    await this.cluster.delete(kind, namespace, name, { propagation: 'Background' });
    const gone = await this.cluster.get(kind, namespace, name);
    if (gone === undefined) this.#objects.get(kind)?.remove(live);
    else this.#objects.get(kind)?.put(gone);
  }

  #keep(kind: ApiResource, object: KubeObject): KubeObject {
    this.#writes += 1;
    this.#objects.get(kind)?.put(object);
    return object;
  }
}

/** A controller's owner reference. */
export function controlledBy(owner: KubeObject): OwnerReference {
  return { ...ownedBy(owner), controller: true, blockOwnerDeletion: true };
}

/** A plain owner reference. */
export function ownedBy(owner: KubeObject): OwnerReference {
  const { name, uid } = owner.metadata;
  if (uid === undefined) throw new TypeError(`an owner must have been created: ${name}`);
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid };
}
