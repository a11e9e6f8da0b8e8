import { forEachLimit } from '../base/concurrency.ts';
import { reasonOf } from '../base/errors.ts';
import type { Flow } from '../base/flow.ts';
import { APPLY_IN_FLIGHT } from '../base/limits.ts';
import type { Loss } from '../base/losses.ts';
import { type KubeObject, keyOf, showId } from '../base/object.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { KindDescriptor } from '../foundation/descriptor.ts';
import { passes } from '../foundation/marks.ts';
import { referencesOf } from '../foundation/references.ts';
import type { KindName } from '../foundation/rules.ts';
import { isNotStarted } from '../foundation/start.ts';
import { creations, stepName, type Wave, type WaveNode } from '../foundation/waves.ts';
import type { ObjectOutcome, Report } from '../progress/events.ts';
import type { RestoreResult } from '../progress/results/restore.ts';
import type { Applied, Applier } from './apply.ts';
import { firstTrue } from './conditions.ts';
import { Outcomes } from './outcomes.ts';
import type { Owners } from './owners.ts';
import type { Presence } from './presence.ts';
import type { ObjectStore } from './store.ts';
import { type Awaited, waitForAll } from './wait.ts';
import type { WaitTimeouts } from './wait-timeouts.ts';

/** What the waves did, by kind and outcome. */
export interface WavesResult {
  readonly objects: Record<string, Partial<Record<ObjectOutcome, number>>>;
  readonly differs: RestoreResult['differs'];
  readonly losses: Loss[];
}

interface RunOptions {
  readonly cluster: Cluster;
  readonly store: ObjectStore;
  readonly applier: Applier;
  readonly owners: Owners;
  readonly presence: Presence;
  readonly flow: Flow;
  readonly report: Report;
  readonly waitTimeouts: WaitTimeouts;
  /** What a wave, counted from 0, waits for before it begins. */
  readonly before?: ((wave: number) => Promise<void>) | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Applies the waves one after the other.
 *
 *     for each wave
 *       wait until the images that its objects name are there, where layers still pass
 *       apply its steps side by side; of an owner, parts whose age matters one by one, oldest first
 *       link objects to owners that came after them
 *       wait until everything that was ready at the source is ready here
 *
 * A step that fails is a loss, and so is every later step that needs its object; the others go on.
 */
export async function runWaves(waves: readonly Wave[], options: RunOptions): Promise<WavesResult> {
  const run = new Run(waves, options);
  for (const [index, wave] of waves.entries()) {
    options.signal?.throwIfAborted();
    await options.before?.(index);
    await run.wave(wave, index + 1, waves.length);
  }
  return run.result();
}

class Run {
  readonly #outcomes = new Outcomes();
  readonly #differs: WavesResult['differs'] = [];
  readonly #losses: Loss[] = [];
  readonly #options: RunOptions;
  /** Keys of objects that failed or did not become ready, with why. */
  readonly #lost = new Map<string, string>();
  readonly #waves: readonly Wave[];
  readonly #coming = new Map<readonly KindName[], ReadonlySet<string>>();

  constructor(waves: readonly Wave[], options: RunOptions) {
    this.#waves = waves;
    this.#options = options;
  }

  result(): WavesResult {
    return { objects: this.#outcomes.counts(), differs: this.#differs, losses: this.#losses };
  }

  async wave(wave: Wave, number: number, of: number): Promise<void> {
    const { report } = this.#options;
    const kinds = stepNames(wave);
    report({ type: 'wave-started', wave: number, of, kinds, objects: wave.nodes.length });
    const awaited: Awaited[] = [];
    this.#options.presence.begin(wave);
    await forEachLimit(lanes(wave), APPLY_IN_FLIGHT, async lane => {
      for (const node of lane) {
        this.#options.signal?.throwIfAborted();
        await this.#options.flow.turn(this.#options.signal);
        const applied = await this.#step(node);
        if (applied !== undefined) awaited.push(...(await this.#awaited(node, applied)));
      }
    });
    await this.#options.owners.linkLate();
    for (const { id, loss } of await this.#wait(awaited)) this.#lose(keyOf(id), loss);
    report({ type: 'wave-done', wave: number });
  }

  async #step(node: WaveNode): Promise<Applied | undefined> {
    const { applier, signal } = this.#options;
    const needed = this.#lost.size === 0 ? undefined : node.needs.find(key => this.#lost.has(key));
    // What became of the object itself has been told.
    if (needed === keyOf(node.id)) return undefined;
    if (needed !== undefined) {
      this.#fail(node, 'skipped', `needs something that is not there: ${this.#lost.get(needed)}`);
      return undefined;
    }
    try {
      const applied = await applier.apply(node);
      this.#done(node, applied.outcome);
      const { fields } = applied;
      if (fields.length > 0) {
        this.#differs.push({ subject: showId(node.id), paths: fields.map(({ path }) => path), fields });
      }
      return applied;
    } catch (error) {
      if (signal?.aborted) throw error;
      this.#fail(node, 'failed', reasonOf(error));
      return undefined;
    }
  }

  #done(node: WaveNode, how: ObjectOutcome): void {
    this.#outcomes.note(node, how);
    this.#options.report({ type: 'object-done', kind: node.id.kind, name: node.id.name, how });
  }

  #fail(node: WaveNode, how: 'failed' | 'skipped', reason: string): void {
    this.#done(node, how);
    this.#lose(keyOf(node.id), { kind: `object-${how}`, subject: showId(node.id), reason });
  }

  #lose(key: string, loss: Loss): void {
    this.#lost.set(key, `${loss.subject}: ${loss.reason}`);
    this.#losses.push(loss);
    this.#options.report({ type: 'loss', loss });
  }

  /** What to wait for after a step: the condition that the source's object showed. */
  async #awaited({ id, descriptor, step }: WaveNode, { resource, outcome }: Applied): Promise<Awaited[]> {
    const { ready, touch, start } = descriptor;
    const before = { create: ready, status: undefined, touch: touch?.ready };
    const types = { ...before, ready: start?.ready, start: start?.ready }[step] ?? [];
    if (types.length === 0) return [];
    const archived = await this.#options.store.get(id);
    const condition = firstTrue(archived, types);
    const never = descriptor.neverReadyWhen?.some(test => passes(archived, test)) ?? false;
    if (condition === undefined || never || !this.#comesWith(descriptor, archived)) return [];
    const see = descriptor.see ?? 'its status';
    const awaited = { resource, id, condition, otherwise: types, see, steady: outcome === 'updated' };
    // What somebody has started already has that condition for other reasons.
    const isStarted = (live: KubeObject) => start !== undefined && !isNotStarted(start, live);
    return [step === 'ready' ? { ...awaited, unless: isStarted } : awaited];
  }

  /** Whether what has to come back for the object to become ready does. */
  #comesWith({ readyWith, ...descriptor }: KindDescriptor, archived: KubeObject): boolean {
    if (readyWith === undefined) return true;
    const named = referencesOf(descriptor, archived).filter(({ rule }) => rule.to.some(isAmong(readyWith)));
    const comes = (key: string) => this.#comes(readyWith).has(key) && !this.#lost.has(key);
    return named.some(({ targets }) => targets.some(target => comes(keyOf(target))));
  }

  /** The keys of all objects of these kinds that this restore makes. */
  #comes(kinds: readonly KindName[]): ReadonlySet<string> {
    const known = this.#coming.get(kinds);
    if (known !== undefined) return known;
    const nodes = Iterator.from(creations(this.#waves)).filter(({ descriptor }) =>
      isAmong(kinds)(descriptor),
    );
    const keys = new Set(nodes.map(({ id }) => keyOf(id)));
    this.#coming.set(kinds, keys);
    return keys;
  }

  #wait(awaited: readonly Awaited[]) {
    const { cluster, report, waitTimeouts: timeouts, signal } = this.#options;
    return waitForAll(awaited, { cluster, report, timeouts, ...(signal && { signal }) });
  }
}

function isAmong(kinds: readonly KindName[]): (one: KindName) => boolean {
  return ({ group, kind }) => kinds.some(other => other.group === group && other.kind === kind);
}

/** The steps of a wave by kind: `CFApp`, `CFApp start`. */
export function stepNames({ nodes }: Wave): string[] {
  const names = new Set<string>();
  for (const node of nodes) names.add(stepName(node));
  return [...names];
}

/** Steps that must follow each other share a lane, all others have one to themselves; each is made when its turn comes. */
function* lanes({ nodes }: Wave): Generator<Iterable<WaveNode>> {
  for (let place = 0; place < nodes.length; ) {
    const first = place++;
    const node = nodes.at(first);
    while (place < nodes.length && follows(node, nodes.at(place))) place++;
    yield stretch(nodes, first, place);
  }
}

/** Whether one is of the same family as the other, which is the older one: families stand together. */
function follows(before: WaveNode, { family, step, id }: WaveNode): boolean {
  if (step !== 'create' || before.step !== 'create' || family === undefined) return false;
  const { kind, namespace } = before.id;
  return family === before.family && id.kind === kind && id.namespace === namespace;
}

function* stretch(nodes: Wave['nodes'], from: number, to: number): Generator<WaveNode> {
  for (let place = from; place < to; place++) yield nodes.at(place);
}
