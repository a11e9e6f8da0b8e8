import type { KubeObject } from '../../base/object.ts';
import type { Background } from './background.ts';
import { CONFIG_MAP, NAMESPACE, SERVICE_ACCOUNT } from './builtin.ts';
import { collectionOf } from './collection.ts';
import type { Kind } from './kind.ts';
import type { Kinds } from './kinds.ts';
import type { Objects } from './objects.ts';
import type { Change } from './storage.ts';

const COLLECTION = { kind: NAMESPACE, version: 'v1', namespace: undefined };
/** Those that every cluster has. */
const INITIAL = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/** Gives every namespace what belongs in it, and empties those that are being deleted before they go. */
export class Namespaces {
  readonly #objects: Objects;
  readonly #kinds: Kinds;
  readonly #background: Background;

  constructor(objects: Objects, kinds: Kinds, background: Background) {
    this.#objects = objects;
    this.#kinds = kinds;
    this.#background = background;
    objects.storage.onChange(change => this.#note(change));
  }

  async createInitial(): Promise<void> {
    for (const name of INITIAL) await this.#objects.create(COLLECTION, { metadata: { name } });
  }

  #note({ kind, type, object }: Change): void {
    if (kind === NAMESPACE) {
      if (type === 'ADDED') this.#later('furnish', object.metadata.name, name => this.#furnish(name));
      if (isTerminating(object) && type === 'MODIFIED') this.#emptyLater(object.metadata.name);
      return;
    }
    const { namespace } = object.metadata;
    if (type !== 'DELETED' || namespace === undefined) return;
    const owner = this.#objects.storage.get(NAMESPACE, undefined, namespace);
    if (owner !== undefined && isTerminating(owner)) this.#emptyLater(namespace);
  }

  #emptyLater(name: string): void {
    this.#later('empty', name, namespace => this.#empty(namespace));
  }

  #later(what: string, name: string, work: (name: string) => Promise<void>): void {
    this.#background.later(`${what} namespace ${name}`, () => work(name));
  }

  async #furnish(namespace: string): Promise<void> {
    if (this.#objects.storage.get(NAMESPACE, undefined, namespace) === undefined) return;
    await this.#ensure(SERVICE_ACCOUNT, namespace, 'default', {});
    await this.#ensure(CONFIG_MAP, namespace, 'kube-root-ca.crt', { data: { 'ca.crt': '' } });
  }

  async #ensure(kind: Kind, namespace: string, name: string, content: object): Promise<void> {
    if (this.#objects.storage.get(kind, namespace, name) !== undefined) return;
    await this.#objects.create({ kind, version: 'v1', namespace }, { metadata: { name }, ...content });
  }

  /** Deletes what is in it; once nothing is, lets it go. Every deletion in it leads here again. */
  async #empty(namespace: string): Promise<void> {
    const kinds = this.#kinds.all().filter(kind => kind.namespaced);
    const contents = kinds.flatMap(kind =>
      this.#objects.storage.list(kind, namespace).map(object => ({ kind, object })),
    );
    for (const { kind, object } of contents) {
      if (isTerminating(object)) continue;
      await this.#objects.delete(collectionOf(kind, object), object.metadata.name, {
        propagation: 'Background',
      });
    }
    if (contents.length > 0) return this.#emptyAgain(namespace);
    await this.#objects.update(COLLECTION, namespace, live => ({ ...live, spec: { finalizers: [] } }), {
      subresource: 'finalize',
    });
  }

  #emptyAgain(namespace: string): void {
    const rest = this.#kinds
      .all()
      .some(kind => kind.namespaced && this.#objects.storage.list(kind, namespace).length > 0);
    if (!rest) this.#emptyLater(namespace);
  }
}

function isTerminating(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}
