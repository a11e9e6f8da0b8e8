import type { KubeObject } from '../../base/object.ts';
import { Admission, reviewNames } from './admission.ts';
import { NAMESPACE } from './builtin.ts';
import { copyOf, isEqual } from './json.ts';
import { groupVersion, hasStatus, type Kind, resourceName } from './kind.ts';
import { checkFinalizers, checkMetadata, keptMetadata, newMetadata, now, objectOf } from './metadata.ts';
import { type ListPage, Pages } from './pages.ts';
import { fieldMatcher, labelMatcher } from './selectors.ts';
import {
  alreadyExists,
  badRequest,
  conflict,
  invalid,
  noSuchResource,
  notFound,
  StatusError,
} from './status-error.ts';
import { Storage } from './storage.ts';
import { strategyOf } from './strategies.ts';

/** Where a request goes. */
export interface Place {
  readonly kind: Kind;
  readonly version: string;
  readonly namespace: string | undefined;
}

export interface ListQuery {
  readonly limit?: number;
  readonly continue?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface UpdateOptions {
  readonly subresource?: 'status' | 'finalize' | undefined;
  readonly dryRun?: boolean;
}

export interface DeleteOptions {
  readonly dryRun?: boolean;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan' | undefined;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** By these the garbage collector holds an owner until its dependents are dealt with. */
export const PROPAGATION_FINALIZERS = { Foreground: 'foregroundDeletion', Orphan: 'orphan' } as const;
const COLLECTORS: readonly string[] = Object.values(PROPAGATION_FINALIZERS);

/**
 * The verbs of the API on any kind, with the rules of the real server's generic registry: what a client may set,
 * optimistic locking, generations, the status subresource, finalizers, admission. What is returned is the caller's.
 */
export class Objects {
  readonly storage = new Storage();
  readonly admission = new Admission();
  readonly pages = new Pages();

  get({ kind, version, namespace }: Place, name: string): KubeObject {
    const object = this.storage.get(kind, namespace, name);
    if (object === undefined) throw notFound(kind, name);
    return shown(object, kind, version);
  }

  list({ kind, version, namespace }: Place, query: ListQuery = {}): ListPage {
    const page = query.continue
      ? this.pages.next(query.continue, query.limit ?? 0)
      : this.pages.first(this.#selected(kind, namespace, query), this.storage.revision, query.limit ?? 0);
    return { ...page, items: page.items.map(object => shown(object, kind, version)) };
  }

  async create(place: Place, body: unknown, dryRun = false): Promise<KubeObject> {
    const { kind, version, namespace } = place;
    const sent = objectOf(body, kind, version, namespace);
    this.#checkNamespace(kind, namespace);
    const object: KubeObject = { ...sent, metadata: newMetadata(sent.metadata, kind) };
    const admitted = await this.admission.review({
      ...reviewNames(kind, version),
      operation: 'CREATE',
      subResource: '',
      namespace,
      name: object.metadata.name,
      object,
      oldObject: undefined,
      dryRun,
    });
    if (hasStatus(kind, version)) delete admitted.status;
    const { prepare, check } = strategyOf(kind);
    const prepared = prepare?.(admitted, undefined) ?? admitted;
    checkMetadata(prepared, kind);
    check?.(prepared, undefined, kind);
    const { name } = prepared.metadata;
    if (this.storage.get(kind, namespace, name) !== undefined) throw alreadyExists(kind, name);
    return shown(dryRun ? prepared : this.storage.put(kind, copyOf(prepared)), kind, version);
  }

  /**
   * Writes what `change` makes of the object. A resourceVersion in it is a condition; without one the change is
   * made again when somebody else was faster, which cannot last: in every round somebody has won.
   */
  async update(
    place: Place,
    name: string,
    change: (current: KubeObject) => unknown,
    options: UpdateOptions = {},
  ): Promise<KubeObject> {
    const { kind, version, namespace } = place;
    if (options.subresource === 'status' && !hasStatus(kind, version)) throw noSuchResource();
    for (;;) {
      const current = this.storage.get(kind, namespace, name);
      if (current === undefined) throw notFound(kind, name);
      const sent = objectOf(change(shown(current, kind, version)), kind, version, namespace);
      checkIdentity(sent, current, kind);
      const next = await this.#admitted(
        place,
        this.#prepared(sent, current, place, options),
        current,
        options,
      );
      if (this.storage.get(kind, namespace, name) === current)
        return this.#store(place, next, current, options);
    }
  }

  /** The object as it is while its finalizers hold it; undefined when it is gone at once. */
  async delete(place: Place, name: string, options: DeleteOptions = {}): Promise<KubeObject | undefined> {
    const { kind, version, namespace } = place;
    const before = this.storage.get(kind, namespace, name);
    if (before === undefined) throw notFound(kind, name);
    checkPreconditions(before, kind, options);
    await this.admission.review({
      ...reviewNames(kind, version),
      operation: 'DELETE',
      subResource: '',
      namespace,
      name,
      object: undefined,
      oldObject: shown(before, kind, version),
      dryRun: options.dryRun ?? false,
    });
    const current = this.storage.get(kind, namespace, name);
    if (current === undefined) throw notFound(kind, name);
    const finalizers = finalizersOf(current, kind, options);
    const held = finalizers.length > 0 || current.spec?.finalizers?.length > 0;
    if (options.dryRun) return held ? shown(current, kind, version) : undefined;
    if (!held) {
      this.storage.remove(kind, current);
      return undefined;
    }
    return shown(this.#terminating(kind, current, finalizers), kind, version);
  }

  #selected(kind: Kind, namespace: string | undefined, query: ListQuery): readonly KubeObject[] {
    const objects = this.storage.list(kind, namespace);
    const matchers = [
      ...(query.labelSelector ? [labelMatcher(query.labelSelector)] : []),
      ...(query.fieldSelector ? [fieldMatcher(query.fieldSelector, kind.kind)] : []),
    ];
    return matchers.length === 0
      ? objects
      : objects.filter(object => matchers.every(matches => matches(object)));
  }

  #checkNamespace(kind: Kind, namespace: string | undefined): void {
    if (!kind.namespaced) return;
    if (namespace === undefined) throw badRequest('an empty namespace may not be set during creation');
    const found = this.storage.get(NAMESPACE, undefined, namespace);
    if (found === undefined) throw notFound(NAMESPACE, namespace);
    if (found.metadata.deletionTimestamp === undefined) return;
    const message = `${resourceName(kind)} is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`;
    const causes = [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ];
    throw new StatusError(403, 'Forbidden', message, { kind: kind.plural, causes });
  }

  #prepared(sent: KubeObject, current: KubeObject, place: Place, options: UpdateOptions): KubeObject {
    const { kind, version } = place;
    if (options.subresource === 'status') return { ...current, status: sent.status };
    if (options.subresource === 'finalize') return { ...current, spec: { ...current.spec, ...sent.spec } };
    const next: KubeObject = { ...sent, metadata: keptMetadata(sent.metadata, current.metadata) };
    if (hasStatus(kind, version)) {
      delete next.status;
      if (current.status !== undefined) next.status = current.status;
    }
    return next;
  }

  async #admitted(
    place: Place,
    next: KubeObject,
    current: KubeObject,
    options: UpdateOptions,
  ): Promise<KubeObject> {
    const { kind, version, namespace } = place;
    const admitted = await this.admission.review({
      ...reviewNames(kind, version),
      operation: 'UPDATE',
      subResource: options.subresource ?? '',
      namespace,
      name: current.metadata.name,
      object: next,
      oldObject: shown(current, kind, version),
      dryRun: options.dryRun ?? false,
    });
    // Whatever a webhook makes of it, it writes no more than the request may.
    const bounded = this.#prepared(admitted, current, place, options);
    if (options.subresource !== undefined) return bounded;
    const { prepare, check } = strategyOf(kind);
    const prepared = prepare?.(bounded, current) ?? bounded;
    checkMetadata(prepared, kind);
    checkFinalizers(prepared.metadata, current.metadata, kind);
    check?.(prepared, current, kind);
    return prepared;
  }

  #store(place: Place, next: KubeObject, current: KubeObject, options: UpdateOptions): KubeObject {
    const { kind, version } = place;
    const written = withGeneration(copyOf(next), current, place);
    written.metadata.resourceVersion = current.metadata.resourceVersion ?? '';
    written.apiVersion = current.apiVersion;
    if (options.dryRun || isEqual(written, current)) return shown(written, kind, version);
    const released = written.metadata.deletionTimestamp !== undefined && !written.metadata.finalizers?.length;
    if (released && !written.spec?.finalizers?.length) {
      this.storage.remove(kind, written);
      return shown(written, kind, version);
    }
    return shown(this.storage.put(kind, written), kind, version);
  }

  #terminating(kind: Kind, current: KubeObject, finalizers: string[]): KubeObject {
    const { generation, deletionTimestamp } = current.metadata;
    const next: KubeObject = {
      ...current,
      metadata: {
        ...current.metadata,
        ...(finalizers.length > 0 && { finalizers }),
        ...(deletionTimestamp === undefined && {
          deletionTimestamp: now(),
          deletionGracePeriodSeconds: 0,
          ...(generation !== undefined && { generation: generation + 1 }),
        }),
      },
      ...(kind === NAMESPACE && { status: { ...current.status, phase: 'Terminating' } }),
    };
    return isEqual(next, current) ? current : this.storage.put(kind, next);
  }
}

/** A copy, in the version that was asked for. */
function shown(object: KubeObject, kind: Kind, version: string): KubeObject {
  return { ...copyOf(object), apiVersion: groupVersion(kind.group, version) };
}

function checkIdentity(sent: KubeObject, current: KubeObject, kind: Kind): void {
  const { name, uid } = sent.metadata;
  if (name !== current.metadata.name) {
    const expected = current.metadata.name;
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${expected})`);
  }
  if (uid !== undefined && uid !== current.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`;
    throw conflict(kind, name, why);
  }
  // A patch that names no resourceVersion carries the current one along.
  const { resourceVersion } = sent.metadata;
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) throw conflict(kind, name);
}

/** @throws StatusError 422 when a custom resource is to be replaced without saying which version of it. */
export function checkReplaceable(sent: unknown, kind: Kind, name: string): void {
  const version = (sent as { metadata?: { resourceVersion?: string } } | undefined)?.metadata
    ?.resourceVersion;
  if (kind.custom && !version) {
    throw invalid(
      kind,
      name,
      'metadata.resourceVersion',
      'Invalid value: 0: must be specified for an update',
    );
  }
}

function checkPreconditions(object: KubeObject, kind: Kind, { preconditions = {} }: DeleteOptions): void {
  const { name } = object.metadata;
  for (const [field, label] of [
    ['uid', 'UID'],
    ['resourceVersion', 'ResourceVersion'],
  ] as const) {
    const wanted = preconditions[field];
    if (wanted !== undefined && wanted !== object.metadata[field]) {
      const why = `the ${label} in the precondition (${wanted}) does not match the ${label} in record (${object.metadata[field]}). The object might have been deleted and then recreated`;
      throw conflict(kind, name, why);
    }
  }
}

/** The object's own finalizers, those of its kind, and the garbage collector's where it has to act first. */
function finalizersOf(object: KubeObject, kind: Kind, { propagation }: DeleteOptions): string[] {
  const present = object.metadata.finalizers ?? [];
  const own = propagation === undefined ? present : present.filter(name => !COLLECTORS.includes(name));
  const collectors =
    propagation === 'Foreground' || propagation === 'Orphan' ? [PROPAGATION_FINALIZERS[propagation]] : [];
  return [...new Set([...own, ...(strategyOf(kind).finalizers ?? []), ...collectors])];
}

/** The generation counts changes outside of metadata and of a status that is a subresource. */
function withGeneration(next: KubeObject, current: KubeObject, { kind, version }: Place): KubeObject {
  if (!kind.generations) return next;
  const ignored = ['metadata', 'apiVersion', ...(hasStatus(kind, version) ? ['status'] : [])];
  const wanted = (object: KubeObject) => Object.entries(object).filter(([field]) => !ignored.includes(field));
  if (isEqual(Object.fromEntries(wanted(next)), Object.fromEntries(wanted(current)))) return next;
  return { ...next, metadata: { ...next.metadata, generation: (current.metadata.generation ?? 0) + 1 } };
}
