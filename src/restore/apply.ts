import { Failure } from '../base/errors.ts';
import { idOf, type KubeObject, type ObjectId, showId } from '../base/object.ts';
import { ApiFailure, type ApiResource, type Cluster } from '../cluster/cluster.ts';
import { descriptorOf } from '../foundation/catalog.ts';
import { differences } from '../foundation/compare.ts';
import type { KindDescriptor } from '../foundation/descriptor.ts';
import { type ShownDifference, shown } from '../foundation/shown.ts';
import { isNotStarted, startValue } from '../foundation/start.ts';
import { RESTORED_ANNOTATION } from '../foundation/strip.ts';
import { updateOf } from '../foundation/update.ts';
import type { WaveNode } from '../foundation/waves.ts';
import type { ObjectOutcome, Report } from '../progress/events.ts';
import type { OnExisting } from './conflicts.ts';
import { checkGuards } from './guards.ts';
import type { Kinds } from './kinds.ts';
import type { Namespaces } from './namespaces.ts';
import type { Owners } from './owners.ts';
import type { Presence } from './presence.ts';
import { isNameHeld, namesReservedFor, releaseNames } from './reserved-names.ts';
import { writeStatus } from './status.ts';
import type { ObjectStore } from './store.ts';
import { type Mapping, transform } from './transform.ts';
import { waitUntilVisible } from './visible.ts';
import type { WaitTimeouts } from './wait-timeouts.ts';

export interface ApplierParts {
  readonly cluster: Cluster;
  readonly store: ObjectStore;
  readonly mapping: Mapping;
  readonly kinds: Kinds;
  readonly namespaces: Namespaces;
  readonly owners: Owners;
  readonly presence: Presence;
  readonly waitTimeouts: WaitTimeouts;
  /** What packages bring, and the packages of repositories, are not to be seen in a rehearsal. */
  readonly rehearsed?: boolean | undefined;
  /** Korifi's, where it is known. */
  readonly rootNamespace: string | undefined;
  readonly report: Report;
  readonly onExisting: OnExisting;
  readonly signal?: AbortSignal;
}

export interface Applied {
  readonly outcome: ObjectOutcome;
  readonly resource: ApiResource;
  /** What is left as it is in the live object, although the archive has it otherwise. */
  readonly fields: readonly ShownDifference[];
}

/** Carries out one step of one object, but for waiting. Every step may be repeated: it looks before it writes. */
export class Applier {
  readonly #parts: ApplierParts;

  constructor(parts: ApplierParts) {
    this.#parts = parts;
  }

  /** @throws Failure when the API server refuses, or what the object needs does not come. */
  async apply(node: WaveNode): Promise<Applied> {
    const { kinds, namespaces, signal } = this.#parts;
    const resource = await kinds.served(node.descriptor, signal);
    if (node.id.namespace !== undefined) await namespaces.there(node.id.namespace, signal);
    switch (node.step) {
      case 'create':
        return this.#create(node, resource);
      case 'status':
        return { outcome: await this.#status(node, resource), resource, fields: [] };
      case 'touch':
        return { outcome: await this.#touch(node, resource), resource, fields: [] };
      case 'ready':
        return { outcome: 'unchanged', resource, fields: [] };
      case 'start':
        return { outcome: await this.#start(node, resource), resource, fields: [] };
    }
  }

  async #create({ id, descriptor }: WaveNode, resource: ApiResource): Promise<Applied> {
    const { store, mapping, owners } = this.#parts;
    const archived = await store.get(id);
    const wanted = inVersion(transform(descriptor, archived, id, mapping), resource);
    const ownersOfIt = owners.archived(descriptor, archived);
    let present = await this.#find(resource, id);
    if (present === undefined) {
      await checkGuards(descriptor, wanted, this.#parts);
      await this.#visible(descriptor, wanted);
      const ownerReferences = owners.inPlace(id, ownersOfIt);
      const owned = {
        ...wanted,
        metadata: { ...wanted.metadata, ...(ownerReferences[0] && { ownerReferences }) },
      };
      const { live, isOurs } = await this.#createOnce(resource, owned);
      if (isOurs) {
        await owners.placed(resource, id, live, ownersOfIt);
        return { outcome: 'created', resource, fields: [] };
      }
      present = live;
    }
    if (present.metadata.deletionTimestamp !== undefined) {
      throw new Failure('api-error', 'the target has it, but is deleting it', {
        subject: showId(id),
        hints: ['run the restore again when it is gone'],
      });
    }
    const outcome = await owners.placed(resource, id, present, ownersOfIt);
    const differing = await this.#bring(descriptor, resource, wanted, present);
    return { outcome, ...differing, resource };
  }

  async #find(resource: ApiResource, id: ObjectId): Promise<KubeObject | undefined> {
    const { cluster, presence, signal } = this.#parts;
    if (await presence.lacks(resource, id)) return undefined;
    return cluster.get(resource, id.namespace, id.name, signal);
  }

  async #visible({ kind, visibleFirst: rule }: KindDescriptor, wanted: KubeObject): Promise<void> {
    const seen = rule && descriptorOf(rule.kind.group, rule.kind.kind);
    const { cluster, kinds, rehearsed, waitTimeouts, report, signal } = this.#parts;
    if (rule === undefined || seen === undefined || rehearsed) return;
    const patienceMs = waitTimeouts.of(kind);
    await waitUntilVisible(rule, wanted, { cluster, resource: kinds.find(seen), patienceMs, report, signal });
  }

  /** Does with what is there and differs what the person wanted. */
  async #bring(
    descriptor: KindDescriptor,
    resource: ApiResource,
    wanted: KubeObject,
    present: KubeObject,
  ): Promise<Partial<Pick<Applied, 'outcome'>> & Pick<Applied, 'fields'>> {
    const { cluster, mapping, onExisting, signal } = this.#parts;
    const isConverted = mapping.crossing.conversions.length > 0;
    const differing = differences(descriptor, wanted, present, { isConverted });
    const fields = differing.map(difference => shown(descriptor, difference));
    if (differing.length === 0) return { fields };
    if (onExisting === 'fail') {
      const paths = differing.map(({ path }) => path).join(', ');
      throw new Failure('refused', `it is there already, and differs in ${paths}`);
    }
    if (onExisting === 'skip') return { outcome: 'differs', fields };
    const { patch, left } = updateOf(descriptor, wanted, differing);
    if (patch === undefined) return { outcome: 'differs', fields };
    const { namespace, name } = present.metadata;
    await cluster.patch(resource, namespace, name, { type: 'merge', body: patch }, signal && { signal });
    return { outcome: 'updated', fields: left.map(difference => shown(descriptor, difference)) };
  }

  /**
   * A create whose answer was lost may have worked, and one that is refused may have come late: look before calling it
   * failed. A name that is held for this very object, which is not there, was reserved by a create that broke off: it is
   * let go of first.
   */
  async #createOnce(
    resource: ApiResource,
    wanted: KubeObject,
  ): Promise<{ readonly live: KubeObject; readonly isOurs: boolean }> {
    const { cluster, signal } = this.#parts;
    const create = () => cluster.create(resource, wanted, signal === undefined ? {} : { signal });
    try {
      return { live: await create(), isOurs: true };
    } catch (error) {
      const isLost = error instanceof Failure && error.code === 'not-connected';
      if (!isLost && !isAlreadyThere(error) && !isNameHeld(error)) throw error;
      const { namespace, name } = wanted.metadata;
      const live = await cluster.get(resource, namespace, name, signal);
      if (live !== undefined) return { live, isOurs: isLost };
      const leases = isNameHeld(error) ? await namesReservedFor([idOf(wanted)], cluster, signal) : [];
      if ((await releaseNames(leases, cluster, signal)) === 0) throw error;
      return { live: await create(), isOurs: true };
    }
  }

  async #status({ id, descriptor }: WaveNode, resource: ApiResource): Promise<ObjectOutcome> {
    const { cluster, store, mapping, signal } = this.#parts;
    const rule = descriptor.status;
    if (rule === undefined) return 'unchanged';
    const { status } = transform(descriptor, await store.get(id), id, mapping);
    return writeStatus({ cluster, resource, id, rule, wanted: status ?? {}, ...(signal && { signal }) });
  }

  /** A write that changes nothing of the object but wakes its controller. */
  async #touch({ id }: WaveNode, resource: ApiResource): Promise<ObjectOutcome> {
    const { cluster } = this.#parts;
    const live = await cluster.get(resource, id.namespace, id.name);
    if (live?.metadata.annotations?.[RESTORED_ANNOTATION] !== undefined) return 'unchanged';
    const annotations = { [RESTORED_ANNOTATION]: new Date().toISOString() };
    await cluster.patch(resource, id.namespace, id.name, {
      type: 'merge',
      body: { metadata: { annotations } },
    });
    return 'completed';
  }

  async #start({ id, descriptor }: WaveNode, resource: ApiResource): Promise<ObjectOutcome> {
    const { cluster, store, signal } = this.#parts;
    const rule = descriptor.start;
    const live = await cluster.get(resource, id.namespace, id.name, signal);
    if (rule === undefined || live === undefined) {
      throw new Failure('api-error', 'it vanished before it was started', { subject: showId(id) });
    }
    // Whatever else it has by now, somebody has given to it.
    if (!isNotStarted(rule, live)) return 'unchanged';
    const last = startValue(rule, await store.get(id));
    const body = rule.path
      .split('.')
      .reduceRight<unknown>((value, key) => ({ [key]: value }), last) as object;
    await cluster.patch(resource, id.namespace, id.name, { type: 'merge', body });
    return 'started';
  }
}

/** The archive's version of the kind may not be the one that the target serves; the schemas of v1alpha1 to v1 here agree. */
export function inVersion(object: KubeObject, { group, version }: ApiResource): KubeObject {
  return { ...object, apiVersion: group === '' ? version : `${group}/${version}` };
}

function isAlreadyThere(error: unknown): boolean {
  return error instanceof ApiFailure && error.status === 409;
}
