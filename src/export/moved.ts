import type { Contents } from '../archive/head.ts';
import { ARCHIVE_MEDIA } from '../archive/plan.ts';
import { openResources } from '../archive/resources.ts';
import { reasonOf } from '../base/errors.ts';
import { DRIFT_NAMED } from '../base/limits.ts';
import { idOf, type KubeObject, showId } from '../base/object.ts';
import type { ApiResource, ApiSurface, Cluster } from '../cluster/cluster.ts';
import { descriptorOf } from '../foundation/catalog.ts';

/** Objects that a note names. */
const NAMED = 5;

/** How a foundation moved. */
interface Moved {
  /** `Kind namespace/name`, sorted. */
  readonly names: readonly string[];
  /** For people; none when nothing moved. */
  readonly notes: readonly string[];
}

/**
 * Whether the foundation is another one than when the plan was made: each kind is listed once more, without specs and
 * status, and what says that an object changed is compared with what the archive holds. Encrypted objects are not
 * looked at.
 */
export async function movedSince(contents: Contents, cluster: Cluster, signal?: AbortSignal): Promise<Moved> {
  const { plan } = contents;
  try {
    const surface = await cluster.discover(signal);
    const kinds = await kindsOf(contents, surface);
    const newest = newestOf(plan.createdAt, kinds);
    const moved: Change[] = [];
    for (const kind of kinds) {
      // Of kinds that are kept in part only, what is new need not belong to the backup.
      const newFrom = kind.isWhole && plan.selection === undefined ? newest : undefined;
      moved.push(...(await compare(kind, newFrom, cluster, signal)));
    }
    const names = moved.map(({ name }) => name).sort();
    return { names: names.slice(0, DRIFT_NAMED), notes: moved.length === 0 ? [] : [noteOf(moved)] };
  } catch (error) {
    signal?.throwIfAborted();
    const note = `whether the cluster moved since the backup was planned was not checked: ${reasonOf(error)}`;
    return { names: [], notes: [note] };
  }
}

interface Change {
  /** `Kind namespace/name` */
  readonly name: string;
  readonly how: 'changed' | 'new' | 'gone';
}

function noteOf(moved: readonly Change[]): string {
  const more = moved.length > NAMED ? ` and ${moved.length - NAMED} more` : '';
  const which = moved
    .slice(0, NAMED)
    .map(({ name, how }) => `${name} (${how})`)
    .join(', ');
  return `the cluster moved since the backup was planned, and the backup holds what was then: ${which}${more}`;
}

/** A kind as the archive has it. */
interface Kind {
  readonly resource: ApiResource;
  /** Whether all of its objects are kept. */
  readonly isWhole: boolean;
  readonly before: ReadonlyMap<string, State>;
}

/** What of an object tells whether it is still the same. */
interface State {
  readonly state: string;
  readonly createdAt: string;
}

async function kindsOf(contents: Contents, surface: ApiSurface): Promise<Kind[]> {
  const kinds: Kind[] = [];
  for (const [, blobs] of Map.groupBy(contents.plan.resources, blob => `${blob.kind}.${blob.group}`)) {
    const [first] = blobs;
    const descriptor = first && descriptorOf(first.group, first.kind);
    if (descriptor === undefined || blobs.some(blob => blob.mediaType !== ARCHIVE_MEDIA.resources)) continue;
    const resource = surface.find(descriptor.group, descriptor.kind, descriptor.versions);
    if (resource === undefined) continue;
    const before = new Map<string, State>();
    for (const blob of blobs) {
      using lines = await openResources(contents, blob);
      for (let at = 0; at < lines.length; at++) before.set(...seen(lines.object(at), resource));
    }
    kinds.push({ resource, isWhole: descriptor.keep === 'all', before });
  }
  return kinds;
}

/** The time of the plan may have been set to another one; nothing in it is younger than it. */
function newestOf(createdAt: string, kinds: readonly Kind[]): string {
  const times = kinds.flatMap(({ before }) => [...before.values()].map(state => state.createdAt));
  return times.reduce((newest, time) => (Date.parse(time) > Date.parse(newest) ? time : newest), createdAt);
}

async function compare(
  { resource, before }: Kind,
  newFrom: string | undefined,
  cluster: Cluster,
  signal: AbortSignal | undefined,
): Promise<Change[]> {
  const left = new Set(before.keys());
  const moved: Change[] = [];
  for await (const page of cluster.list(resource, { metadataOnly: true, ...(signal && { signal }) })) {
    for (const object of page) {
      const [id, { state, createdAt }] = seen(object, resource);
      const was = before.get(id);
      left.delete(id);
      if (was !== undefined && was.state !== state) moved.push({ name: id, how: 'changed' });
      const isNew = newFrom !== undefined && Date.parse(createdAt) > Date.parse(newFrom);
      if (was === undefined && isNew) moved.push({ name: id, how: 'new' });
    }
  }
  return [...moved, ...[...left].map(name => ({ name, how: 'gone' as const }))];
}

/** The generation counts changes of what is wished for; where there is none, every write counts. */
function seen({ metadata }: KubeObject, { group, version, kind }: ApiResource): [string, State] {
  const { uid, generation, resourceVersion, creationTimestamp } = metadata;
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const state = generation === undefined ? `${uid} ${resourceVersion}` : `${uid} generation ${generation}`;
  return [showId(idOf({ apiVersion, kind, metadata })), { state, createdAt: String(creationTimestamp) }];
}
