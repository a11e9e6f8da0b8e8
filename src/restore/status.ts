import { sleep } from '../base/concurrency.ts';
import { Failure } from '../base/errors.ts';
import { type KubeObject, type ObjectId, showId } from '../base/object.ts';
import { ApiFailure, type ApiResource, type Cluster } from '../cluster/cluster.ts';
import type { StatusRule } from '../foundation/rules.ts';
import { conditionsOf } from './conditions.ts';

/** How long a controller may take for its first look at a new object. */
const FIRST_PASS_MS = 30_000;
const LOOK_INTERVAL_MS = 150;
/** A pass that was under way when the status was written has ended by then; it may take the conditions back. */
const HOLD_MS = 400;
/** How often a status that a controller took back is written again. */
const MOST_WRITES = 20;

/** The object is gone. */
class Vanished extends Failure {}

interface StatusTarget {
  readonly cluster: Cluster;
  readonly resource: ApiResource;
  readonly id: ObjectId;
  readonly rule: StatusRule;
  /** The archive's status fields, references rewritten. */
  readonly wanted: Record<string, unknown>;
  readonly signal?: AbortSignal;
}

/**
 * Makes a status that is state stick.
 *
 *     read; when it holds already, done (a second run)
 *     wait for the controller's first pass: earlier, that pass would overwrite what we write
 *     write, wait a moment, read back; write again until it holds
 *
 * Korifi's reconcilers patch without a lock, so a pass that is under way replaces the conditions.
 * @throws Failure `timeout` when the controller never looks at the object, or takes the status back each time.
 */
export async function writeStatus(target: StatusTarget): Promise<'unchanged' | 'completed'> {
  try {
    return await hold(target);
  } catch (error) {
    const isGone = error instanceof Vanished || (error instanceof ApiFailure && error.status === 404);
    if (isGone && target.rule.expires) return 'completed';
    throw error;
  }
}

async function hold(target: StatusTarget): Promise<'unchanged' | 'completed'> {
  let live = await read(target);
  if (holds(live, target)) return 'unchanged';
  live = await firstPass(target, live);
  for (let write = 0; write < MOST_WRITES; write++) {
    await patch(target, live);
    await sleep(HOLD_MS, target.signal);
    live = await read(target);
    if (holds(live, target)) return 'completed';
  }
  throw new Failure('timeout', `its controller took the restored status back ${MOST_WRITES} times`, {
    subject: showId(target.id),
    hints: ['run the restore again once the controller has calmed down'],
  });
}

async function read({ cluster, resource, id, signal }: StatusTarget): Promise<KubeObject> {
  const live = await cluster.get(resource, id.namespace, id.name, signal);
  if (live !== undefined) return live;
  throw new Vanished('api-error', 'it vanished before its status was written', { subject: showId(id) });
}

async function firstPass(target: StatusTarget, first: KubeObject): Promise<KubeObject> {
  const deadline = Date.now() + FIRST_PASS_MS;
  let live = first;
  while (live.status?.[target.rule.afterFirstPass] === undefined) {
    if (Date.now() > deadline) {
      throw new Failure('timeout', `no controller has looked at it for ${FIRST_PASS_MS / 1000} s`, {
        subject: showId(target.id),
        hints: ['see whether the controllers of the target are running, then run the restore again'],
      });
    }
    await sleep(LOOK_INTERVAL_MS, target.signal);
    live = await read(target);
  }
  return live;
}

async function patch({ cluster, resource, id, wanted }: StatusTarget, live: KubeObject): Promise<void> {
  const observedGeneration = live.metadata.generation ?? 1;
  const conditions = wantedConditions(wanted).map(condition =>
    'observedGeneration' in condition ? { ...condition, observedGeneration } : condition,
  );
  const status = { ...wanted, ...(wanted.conditions !== undefined && { conditions }), observedGeneration };
  await cluster.patch(resource, id.namespace, id.name, {
    type: 'merge',
    body: { status },
    subresource: 'status',
  });
}

/** Whether the live status says what the archive's says, in the conditions that decide and in all other fields. */
function holds(live: KubeObject, { rule, wanted }: StatusTarget): boolean {
  const conditions = conditionsOf(live);
  const decided = wantedConditions(wanted)
    .filter(({ type }) => rule.hold.includes(String(type)))
    .every(({ type, status }) =>
      conditions.some(condition => condition.type === type && condition.status === status),
    );
  const fields = rule.fields.filter(field => field !== 'conditions' && wanted[field] !== undefined);
  return decided && fields.every(field => includes(live.status?.[field], wanted[field]));
}

function wantedConditions(wanted: Record<string, unknown>): Record<string, unknown>[] {
  return Array.isArray(wanted.conditions) ? wanted.conditions : [];
}

/** Whether `actual` has everything that `expected` has; servers add defaults. */
function includes(actual: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return actual === expected;
  if (typeof actual !== 'object' || actual === null) return false;
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((item, i) => includes(actual[i], item))
    );
  }
  return Object.entries(expected).every(([key, value]) =>
    includes(actual[key as keyof typeof actual], value),
  );
}
