import { sleep } from '../base/concurrency.ts';
import type { Loss } from '../base/losses.ts';
import { type KubeObject, keyOf, type ObjectId, showId } from '../base/object.ts';
import type { ApiResource, Cluster } from '../cluster/cluster.ts';
import type { Report } from '../progress/events.ts';
import { controllerMessage, isReady } from './conditions.ts';
import type { WaitTimeouts } from './wait-timeouts.ts';

/** From the first look to the slowest: quick foundations are not kept waiting, slow ones are not pestered. */
const FIRST_INTERVAL_MS = 100;
const LAST_INTERVAL_MS = 2000;
/** A PackageInstall that was unpaused shows its App's old condition for some 0.3 s. */
const STEADY_MS = 2000;
/** Up to so many objects are asked for one by one; more are listed. */
const ASKED_ONE_BY_ONE = 8;

/** An object that must become ready before the next wave. */
export interface Awaited {
  readonly resource: ApiResource;
  readonly id: ObjectId;
  readonly condition: string;
  /** What other versions of its controller call that condition. */
  readonly otherwise?: readonly string[];
  /** Where people look for the reason when it does not become ready. */
  readonly see: string;
  /** It was changed, and may show the condition of what it was before for a moment: looked at again after a while. */
  readonly steady?: boolean;
  /** Of an object that passes this nothing is awaited. */
  readonly unless?: (live: KubeObject) => boolean;
}

interface WaitOptions {
  readonly cluster: Cluster;
  readonly report: Report;
  readonly timeouts: WaitTimeouts;
  readonly signal?: AbortSignal;
}

/**
 * Waits until every object shows its condition at its current generation. A failure that a controller reports is
 * not final: it tries again, and so do we, until the time is up. Returns what was not ready by then.
 */
export async function waitForAll(
  awaited: readonly Awaited[],
  options: WaitOptions,
): Promise<{ id: ObjectId; loss: Loss }[]> {
  const { report, timeouts, signal } = options;
  const started = Date.now();
  const since = new Map<Awaited, number>();
  const givenUp: { id: ObjectId; loss: Loss }[] = [];
  let left = awaited;
  let interval = FIRST_INTERVAL_MS;
  for (;;) {
    const states = await look(left, options);
    const ready = left.filter(one => isReadyNow(states, one) && isSteady(one, since));
    for (const one of left) if (!isReadyNow(states, one)) since.delete(one);
    left = left.filter(one => !ready.includes(one));
    for (const { id } of ready) report({ type: 'waited', subject: showId(id) });
    const late = left.filter(({ id }) => Date.now() - started > timeouts.of(id.kind));
    left = left.filter(one => !late.includes(one));
    for (const one of late) {
      givenUp.push({ id: one.id, loss: timedOut(one, states, timeouts.of(one.id.kind)) });
      report({ type: 'waited', subject: showId(one.id) });
    }
    const [first] = left;
    if (first === undefined) return givenUp;
    const message = messageOf(states, first);
    report({
      type: 'waiting',
      subject: showId(first.id),
      for: first.condition,
      left: left.length,
      ...(message === undefined ? {} : { message }),
    });
    await sleep(interval, signal);
    interval = Math.min(interval * 1.5, LAST_INTERVAL_MS);
  }
}

/** Whether it has been ready for long enough; remembers since when it is. */
function isSteady(one: Awaited, since: Map<Awaited, number>): boolean {
  if (!one.steady) return true;
  const first = since.get(one) ?? Date.now();
  since.set(one, first);
  return Date.now() - first >= STEADY_MS;
}

function isReadyNow(
  states: ReadonlyMap<string, KubeObject>,
  { id, condition, otherwise = [], unless }: Awaited,
): boolean {
  const state = states.get(keyOf(id));
  if (state === undefined) return false;
  return unless?.(state) || [condition, ...otherwise].some(type => isReady(state, type));
}

function messageOf(states: ReadonlyMap<string, KubeObject>, { id }: Awaited): string | undefined {
  const state = states.get(keyOf(id));
  return state === undefined ? 'it is not there any more' : controllerMessage(state);
}

function timedOut(one: Awaited, states: ReadonlyMap<string, KubeObject>, timeoutMs: number): Loss {
  const message = messageOf(states, one);
  const said = message === undefined ? '' : `: ${message}`;
  const more = `--wait-timeout ${one.id.kind}=DURATION gives it more time`;
  return {
    kind: 'wait-timed-out',
    subject: showId(one.id),
    reason: `not ${one.condition} after ${Math.round(timeoutMs / 1000)} s${said} (see ${one.see}; ${more})`,
  };
}

/** The live state of the objects, by key. */
async function look(
  awaited: readonly Awaited[],
  { cluster, signal }: WaitOptions,
): Promise<Map<string, KubeObject>> {
  const states = new Map<string, KubeObject>();
  if (awaited.length <= ASKED_ONE_BY_ONE) {
    for (const { resource, id } of awaited) {
      const live = await cluster.get(resource, id.namespace, id.name, signal);
      if (live !== undefined) states.set(keyOf(id), live);
    }
    return states;
  }
  const wanted = new Map(awaited.map(({ id }) => [keyOf(id), id]));
  for (const resource of new Set(awaited.map(one => one.resource))) {
    for await (const page of cluster.list(resource, signal === undefined ? {} : { signal })) {
      for (const object of page) {
        const { name, namespace } = object.metadata;
        const id = {
          group: resource.group,
          kind: resource.kind,
          name,
          ...(namespace === undefined ? {} : { namespace }),
        };
        if (wanted.has(keyOf(id))) states.set(keyOf(id), object);
      }
    }
  }
  return states;
}
