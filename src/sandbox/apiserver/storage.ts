import type { KubeObject } from '../../base/object.ts';
import { type Kind, resourceName } from './kind.ts';

/** One write, in the order of `revision`. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly kind: Kind;
  readonly revision: number;
  /** As it is now; for DELETED, as it was last. */
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
}

/** How many changes a watch may be behind; older ones are gone, as after etcd's compaction. */
const HISTORY = 20_000;

/**
 * All objects, in memory, with one revision counter as in etcd. What is stored is never changed, only replaced:
 * whoever reads may keep it, nobody may write to it.
 */
export class Storage {
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #listeners = new Set<(change: Change) => void>();
  #history: Change[] = [];
  #revision = 0;

  get revision(): number {
    return this.#revision;
  }

  get(kind: Kind, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#objects.get(resourceName(kind))?.get(keyOf(namespace, name));
  }

  /** In etcd's order, which is that of `namespace/name`. */
  list(kind: Kind, namespace?: string): KubeObject[] {
    const entries = [...(this.#objects.get(resourceName(kind)) ?? [])];
    const wanted =
      namespace === undefined ? entries : entries.filter(([key]) => key.startsWith(`${namespace}/`));
    return wanted.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /** Stores the object with the next revision as its resourceVersion and returns it so. */
  put(kind: Kind, object: KubeObject): KubeObject {
    const { namespace, name } = object.metadata;
    const previous = this.get(kind, namespace, name);
    const stored = this.#revised(object);
    this.#of(kind).set(keyOf(namespace, name), stored);
    this.#tell({
      type: previous ? 'MODIFIED' : 'ADDED',
      kind,
      revision: this.#revision,
      object: stored,
      previous,
    });
    return stored;
  }

  remove(kind: Kind, object: KubeObject): void {
    const { namespace, name } = object.metadata;
    const previous = this.get(kind, namespace, name);
    if (!this.#of(kind).delete(keyOf(namespace, name))) return;
    const last = this.#revised(object);
    this.#tell({ type: 'DELETED', kind, revision: this.#revision, object: last, previous });
  }

  /** Changes after a revision; undefined when some of them are gone. */
  since(revision: number): Change[] | undefined {
    const first = this.#history[0]?.revision ?? this.#revision + 1;
    if (revision + 1 < first && revision !== this.#revision) return undefined;
    return this.#history.filter(change => change.revision > revision);
  }

  /** Told of every change once it is stored. Returns how to stop listening. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #of(kind: Kind): Map<string, KubeObject> {
    const name = resourceName(kind);
    const objects = this.#objects.get(name) ?? new Map<string, KubeObject>();
    this.#objects.set(name, objects);
    return objects;
  }

  #revised(object: KubeObject): KubeObject {
    this.#revision += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } };
  }

  #tell(change: Change): void {
    this.#history.push(change);
    if (this.#history.length > HISTORY) this.#history = this.#history.slice(-HISTORY / 2);
    for (const listener of this.#listeners) listener(change);
  }
}

function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
