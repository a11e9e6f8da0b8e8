import { forEachLimit } from '../../base/concurrency.ts';
import { Failure } from '../../base/errors.ts';
import { LIST_STREAMS } from '../../base/limits.ts';
import { idOf, type KubeObject, type ObjectId } from '../../base/object.ts';
import type { ApiResource, ApiSurface, Cluster } from '../../cluster/cluster.ts';
import { CATALOG } from '../../foundation/catalog.ts';
import { classify } from '../../foundation/classify.ts';
import type { KindDescriptor } from '../../foundation/descriptor.ts';
import { KORIFI } from '../../foundation/kinds/common.ts';
import { looseKeyOf, type Reference, referencesOf } from '../../foundation/references.ts';
import { rulesFor } from '../../foundation/variants.ts';
import { idIn } from '../conflicts.ts';
import type { Journal, Made } from '../journal/journal.ts';

/** An object that the restore made, or that came of what it made, and that is still there. */
export interface Remaining {
  readonly id: ObjectId;
  readonly uid: string;
  /** With the rules of its variant: a managed service is taken back otherwise than one of a user's own. */
  readonly descriptor: KindDescriptor;
  readonly resource: ApiResource;
  readonly references: readonly Reference[];
  /** Why it is no longer the restore's to delete. */
  readonly handedOver?: string;
}

/** An object that somebody made after the restore had begun, and what it names. */
export interface Newcomer {
  readonly id: ObjectId;
  readonly descriptor: KindDescriptor;
  readonly references: readonly Reference[];
}

const SETTLING = CATALOG.filter(({ kind }) =>
  ['Deployment', 'StatefulSet', 'Job', 'Pod', 'PersistentVolumeClaim'].includes(kind),
);

/** What is left of a restore, and what came after it. */
export interface Survey {
  readonly remaining: readonly Remaining[];
  readonly newcomers: readonly Newcomer[];
  /** Objects that the journal has and the cluster no longer. */
  readonly gone: readonly Made[];
}

/**
 * Goes once through all kinds of the catalog: what of the restore's is still there, known by its UID, and what came
 * afterwards and may need it. By creationTimestamp, the cluster's clock alone counts, in whole seconds: what came within
 * the restore's first one is taken for later, since that keeps and the other way deletes.
 */
export async function surveyMade(
  journal: Journal,
  cluster: Cluster,
  surface: ApiSurface,
  signal?: AbortSignal,
): Promise<Survey> {
  const made = new Map(journal.made().map(one => [one.uid, one]));
  const first = [...made.values()].map(({ createdAt = '' }) => createdAt).reduce(earlier, '');
  const remaining: Remaining[] = [];
  const newcomers: Newcomer[] = [];
  const others: Remaining[] = [];
  const truth = CATALOG.filter(({ role }) => role === 'truth');
  await forEachLimit(truth, LIST_STREAMS, async descriptor => {
    const resource = surface.find(descriptor.group, descriptor.kind, descriptor.versions);
    if (resource === undefined) return;
    for await (const page of cluster.list(resource, signal === undefined ? {} : { signal })) {
      for (const object of page) {
        const { uid = '', creationTimestamp = '', deletionTimestamp } = object.metadata;
        const one = {
          id: idOf(object),
          descriptor: rulesFor(descriptor, object),
          references: referencesOf(descriptor, object),
        };
        const isLater = deletionTimestamp === undefined && creationTimestamp >= first;
        if (made.has(uid)) {
          const handedOver = takenOver(descriptor, object, made);
          remaining.push({ ...one, uid, resource, ...(handedOver !== undefined && { handedOver }) });
        } else if (isLater && descriptor.undo?.madeFrom) others.push({ ...one, uid, resource });
        else if (isLater && isUsers(descriptor, object)) newcomers.push(one);
      }
    }
  });
  newcomers.push(...(await settlers(first, cluster, surface, signal)));
  const there = new Set(remaining.map(({ uid }) => uid));
  const gone = [...made.values()].filter(({ uid }) => !there.has(uid));
  const owned = new Set(remaining.map(({ id }) => looseKeyOf(id)));
  for (const one of others) {
    if (isMadeFrom(one, owned)) remaining.push(one);
    else newcomers.push(one);
  }
  return { remaining, newcomers, gone };
}

const KAPP_LABEL = 'kapp.k14s.io/app';
/** What Korifi runs has such labels; of v0.18 a StatefulSet has no owner besides. */
const KORIFI_LABEL = `${KORIFI}/`;

/**
 * What somebody runs, or keeps data in, beside the foundation: it would go with its namespace. What controllers made has
 * an owner or Korifi's labels, what packages brought kapp's. Kinds that may not be listed are passed over.
 */
async function settlers(
  since: string,
  cluster: Cluster,
  surface: ApiSurface,
  signal: AbortSignal | undefined,
): Promise<Newcomer[]> {
  const found: Newcomer[] = [];
  await forEachLimit(SETTLING, LIST_STREAMS, async descriptor => {
    const resource = surface.find(descriptor.group, descriptor.kind, descriptor.versions);
    if (resource === undefined) return;
    try {
      for await (const page of cluster.list(resource, { metadataOnly: true, ...(signal && { signal }) })) {
        for (const object of page) {
          const { creationTimestamp = '', ownerReferences = [], labels = {} } = object.metadata;
          const isLabelled = Object.keys(labels).some(
            label => label === KAPP_LABEL || label.startsWith(KORIFI_LABEL),
          );
          const isMade = ownerReferences.length > 0 || isLabelled;
          if (creationTimestamp < since || isMade) continue;
          const references = referencesOf(descriptor, object);
          found.push({ id: idIn(resource, object), descriptor, references });
        }
      }
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'forbidden') throw error;
    }
  });
  return found;
}

/** Whether a controller made it of something that the restore made: a plan of a catalog. */
function isMadeFrom({ descriptor, references }: Remaining, made: ReadonlySet<string>): boolean {
  const kind = descriptor.undo?.madeFrom;
  return references
    .flatMap(({ targets }) => targets)
    .some(target => target.kind === kind?.kind && made.has(looseKeyOf(target)));
}

function earlier(a: string, b: string): string {
  if (a === '' || b === '') return a || b;
  return a < b ? a : b;
}

/** Processes come with droplets; everything else that nobody has to ask for is somebody's. */
function isUsers(descriptor: KindDescriptor, object: KubeObject): boolean {
  const { role, ...how } = classify(descriptor, object);
  return role === 'truth' && 'unasked' in how && how.unasked && descriptor.kind !== 'CFProcess';
}

/** kapp-controller takes over what a package has too; a controller's owner reference says whose it is now. */
function takenOver(
  descriptor: KindDescriptor,
  object: KubeObject,
  made: ReadonlyMap<string, Made>,
): string | undefined {
  const now = classify(descriptor, object);
  if (now.role !== 'truth') return now.because;
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller);
  // What stands among these is the restore's own doing.
  if (owner === undefined || made.has(owner.uid) || descriptor.relinkOwners?.includes(owner.kind)) {
    return undefined;
  }
  return `it belongs to ${owner.kind} ${owner.name} now`;
}
