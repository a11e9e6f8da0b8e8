import { sleep } from '../../base/concurrency.ts';
import { type KubeObject, showId } from '../../base/object.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Report } from '../../progress/events.ts';
import { controllerMessage } from '../conditions.ts';
import type { WaitTimeouts } from '../wait-timeouts.ts';
import type { Remaining } from './survey.ts';

const FIRST_INTERVAL_MS = 50;
const LAST_INTERVAL_MS = 2000;
/** Up to so many objects are asked for one by one; more are listed. */
const ASKED_ONE_BY_ONE = 8;

interface GoneOptions {
  readonly cluster: Cluster;
  readonly report: Report;
  readonly waitTimeouts: WaitTimeouts;
  readonly signal?: AbortSignal | undefined;
}

/** Waits until deleted objects are gone; returns those that are not when their time is up, with what holds them. */
export async function waitUntilGone(
  deleted: readonly Remaining[],
  options: GoneOptions,
): Promise<{ one: Remaining; loss: string }[]> {
  const { report, waitTimeouts, signal } = options;
  const started = Date.now();
  const stuck: { one: Remaining; loss: string }[] = [];
  let left = deleted;
  for (let interval = FIRST_INTERVAL_MS; ; interval = Math.min(interval * 1.5, LAST_INTERVAL_MS)) {
    const there = await look(left, options);
    for (const one of left) if (!there.has(one.uid)) report({ type: 'waited', subject: showId(one.id) });
    left = left.filter(({ uid }) => there.has(uid));
    for (const one of left) {
      const timeout = waitTimeouts.of(one.id.kind);
      if (Date.now() - started <= timeout) continue;
      const why = heldBy(there.get(one.uid));
      stuck.push({ one, loss: `not gone after ${Math.round(timeout / 1000)} s${why && `: ${why}`}` });
    }
    left = left.filter(one => !stuck.some(other => other.one === one));
    const [first] = left;
    if (first === undefined) return stuck;
    const message = heldBy(there.get(first.uid));
    const waiting = { type: 'waiting', subject: showId(first.id), for: 'it to be gone' } as const;
    report({ ...waiting, left: left.length, ...(message !== '' && { message }) });
    await sleep(interval, signal);
  }
}

/** Why an object is still there: its controller's words, and the finalizers that it waits for. */
function heldBy(object: KubeObject | undefined): string {
  if (object === undefined) return '';
  const finalizers = object.metadata.finalizers ?? [];
  const held = finalizers.length === 0 ? [] : [`held by ${finalizers.join(', ')}`];
  return [...held, controllerMessage(object) ?? []].flat().join('; ');
}

/** Those that are still there, by UID. */
async function look(
  wanted: readonly Remaining[],
  { cluster, signal }: GoneOptions,
): Promise<Map<string, KubeObject>> {
  const found = new Map<string, KubeObject>();
  const uids = new Set(wanted.map(({ uid }) => uid));
  const note = (object: KubeObject | undefined) => {
    if (object?.metadata.uid !== undefined && uids.has(object.metadata.uid))
      found.set(object.metadata.uid, object);
  };
  if (wanted.length <= ASKED_ONE_BY_ONE) {
    for (const { resource, id } of wanted) note(await cluster.get(resource, id.namespace, id.name, signal));
    return found;
  }
  for (const resource of new Set(wanted.map(one => one.resource))) {
    for await (const page of cluster.list(resource, signal === undefined ? {} : { signal }))
      page.forEach(note);
  }
  return found;
}
