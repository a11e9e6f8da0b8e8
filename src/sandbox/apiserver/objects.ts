import type { KubeObject } from '../../base/object.ts';
import { Admission, type AdmissionRequest, reviewNames } from './admission.ts';
import { NAMESPACE } from './builtin.ts';
import { type Collection, shown } from './collection.ts';
import { deletionFinalizers, isReleased, type Propagation, terminating } from './deletion.ts';
import { copyOf, isEqual } from './json.ts';
import { hasStatus, type Kind } from './kind.ts';
import { newMetadata, objectOf } from './metadata.ts';
import { type ListPage, Pages } from './pages.ts';
import { checkIdentity, checkPreconditions, type Preconditions } from './preconditions.ts';
import { fieldMatcher, labelMatcher } from './selectors.ts';
import { alreadyExists, badRequest, namespaceTerminating, noSuchResource, notFound } from './status-error.ts';
import { Storage } from './storage.ts';
import { checkRequired } from './strategies.ts';
import { bounded, creatable, type Subresource, updatable, withGeneration } from './writes.ts';

export interface ListQuery {
  readonly limit?: number;
  readonly continue?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface UpdateOptions {
  readonly subresource?: Subresource | undefined;
  readonly dryRun?: boolean;
}

export interface DeleteOptions {
  readonly dryRun?: boolean;
  readonly propagation?: Propagation | undefined;
  readonly preconditions?: Preconditions;
}

/**
 * The verbs of the API on any kind, with the rules of the real server's generic registry: what a client may set,
 * optimistic locking, generations, the status subresource, finalizers, admission. What is returned is the caller's.
 */
export class Objects {
  readonly storage = new Storage();
  readonly admission = new Admission();
  readonly pages = new Pages();

  get(collection: Collection, name: string): KubeObject {
    return shown(this.#stored(collection, name), collection);
  }

  list(collection: Collection, query: ListQuery = {}): ListPage {
    const page = query.continue
      ? this.pages.next(query.continue, query.limit ?? 0)
      : this.pages.first(this.#selected(collection, query), this.storage.revision, query.limit ?? 0);
    return { ...page, items: page.items.map(object => shown(object, collection)) };
  }

  async create(collection: Collection, body: unknown, dryRun = false): Promise<KubeObject> {
    const { kind, version, namespace } = collection;
    const sent = objectOf(body, kind, version, namespace);
    this.#checkNamespace(kind, namespace);
    const object: KubeObject = { ...sent, metadata: newMetadata(sent.metadata, kind) };
    const { name } = object.metadata;
    // Before the webhooks that check, so that none of them takes a name for an object that is refused.
    checkRequired(object, kind);
    const admitted = await this.#review(collection, {
      operation: 'CREATE',
      name,
      object,
      oldObject: undefined,
      dryRun,
    });
    const created = creatable(admitted, collection);
    if (this.storage.get(kind, namespace, created.metadata.name) !== undefined)
      throw alreadyExists(kind, name);
    return shown(dryRun ? created : this.storage.put(kind, copyOf(created)), collection);
  }

  /**
   * Writes what `change` makes of the object. A resourceVersion in it is a condition; without one the change is
   * made again when somebody else was faster, which cannot last: in every round somebody has won.
   */
  async update(
    collection: Collection,
    name: string,
    change: (current: KubeObject) => unknown,
    options: UpdateOptions = {},
  ): Promise<KubeObject> {
    const { kind, version, namespace } = collection;
    const { subresource, dryRun = false } = options;
    if (subresource === 'status' && !hasStatus(kind, version)) throw noSuchResource();
    for (;;) {
      const current = this.#stored(collection, name);
      const sent = objectOf(change(shown(current, collection)), kind, version, namespace);
      checkIdentity(sent, current, kind);
      const object = bounded(sent, current, collection, subresource);
      const oldObject = shown(current, collection);
      const admitted = await this.#review(collection, {
        operation: 'UPDATE',
        name,
        object,
        oldObject,
        dryRun,
        subresource,
      });
      // Whatever a webhook makes of it, it writes no more than the request may.
      const next = bounded(admitted, current, collection, subresource);
      const checked = subresource === undefined ? updatable(next, current, collection) : next;
      if (this.storage.get(kind, namespace, name) === current)
        return this.#replace(collection, checked, current, dryRun);
    }
  }

  /** The object as it is while its finalizers hold it; undefined when it is gone at once. */
  async delete(
    collection: Collection,
    name: string,
    options: DeleteOptions = {},
  ): Promise<KubeObject | undefined> {
    const { kind } = collection;
    const { dryRun = false, preconditions = {}, propagation } = options;
    checkPreconditions(this.#stored(collection, name), kind, preconditions);
    const oldObject = this.get(collection, name);
    await this.#review(collection, { operation: 'DELETE', name, object: undefined, oldObject, dryRun });
    const current = this.#stored(collection, name);
    const next = terminating(kind, current, deletionFinalizers(current, kind, propagation));
    if (isReleased(next)) {
      if (!dryRun) this.storage.remove(kind, current);
      return undefined;
    }
    return shown(dryRun || isEqual(next, current) ? current : this.storage.put(kind, next), collection);
  }

  #stored({ kind, namespace }: Collection, name: string): KubeObject {
    const object = this.storage.get(kind, namespace, name);
    if (object === undefined) throw notFound(kind, name);
    return object;
  }

  #selected({ kind, namespace }: Collection, query: ListQuery): readonly KubeObject[] {
    const objects = this.storage.list(kind, namespace);
    const matchers = [
      ...(query.labelSelector ? [labelMatcher(query.labelSelector)] : []),
      ...(query.fieldSelector ? [fieldMatcher(query.fieldSelector, kind.kind)] : []),
    ];
    return objects.filter(object => matchers.every(matches => matches(object)));
  }

  #checkNamespace(kind: Kind, name: string | undefined): void {
    if (!kind.namespaced) return;
    if (name === undefined) throw badRequest('an empty namespace may not be set during creation');
    const namespace = this.storage.get(NAMESPACE, undefined, name);
    if (namespace === undefined) throw notFound(NAMESPACE, name);
    if (namespace.metadata.deletionTimestamp !== undefined) throw namespaceTerminating(kind, name);
  }

  #review<T extends KubeObject | undefined>(collection: Collection, asked: Asked<T>): Promise<T> {
    const { kind, version, namespace } = collection;
    const { subresource = '', ...request } = asked;
    return this.admission.review({
      ...reviewNames(kind, version),
      ...request,
      subResource: subresource,
      namespace,
    });
  }

  #replace(collection: Collection, next: KubeObject, current: KubeObject, dryRun: boolean): KubeObject {
    const { kind } = collection;
    const written = withGeneration(copyOf(next), current, collection);
    written.metadata.resourceVersion = current.metadata.resourceVersion ?? '';
    written.apiVersion = current.apiVersion;
    if (dryRun || isEqual(written, current)) return shown(written, collection);
    if (written.metadata.deletionTimestamp === undefined || !isReleased(written)) {
      return shown(this.storage.put(kind, written), collection);
    }
    this.storage.remove(kind, written);
    return shown(written, collection);
  }
}

type Asked<T> = Pick<AdmissionRequest, 'operation' | 'name' | 'oldObject' | 'dryRun'> & {
  object: T;
  subresource?: Subresource | undefined;
};
