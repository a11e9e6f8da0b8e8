import { forEachLimit, mapLimit } from '../../base/concurrency.ts';
import { Failure, reasonOf } from '../../base/errors.ts';
import { APPLY_IN_FLIGHT } from '../../base/limits.ts';
import type { Loss } from '../../base/losses.ts';
import { keyOf, type ObjectId, showId } from '../../base/object.ts';
import { ApiFailure, type Cluster } from '../../cluster/cluster.ts';
import { KORIFI } from '../../foundation/kinds/common.ts';
import type { Report } from '../../progress/events.ts';
import { idOfIntent, type Journal, resourceOf } from '../journal/journal.ts';
import type { ObjectIntent } from '../journal/records.ts';
import type { WaitTimeouts } from '../wait-timeouts.ts';
import { waitUntilGone } from './gone.ts';
import { waitForNames } from './names.ts';
import { Needs, planUndo, type UndoPlan } from './plan.ts';
import { type Remaining, surveyMade } from './survey.ts';

interface UndoOptions {
  readonly cluster: Cluster;
  readonly report: Report;
  readonly waitTimeouts: WaitTimeouts;
  readonly signal?: AbortSignal | undefined;
}

/** What an undo would do. */
export interface UndoReview {
  readonly context: string;
  readonly plan: UndoPlan;
  /** What the restore tried to make and that is not there: its name may be held all the same. */
  readonly absent: readonly ObjectId[];
  /** Of what the restore made, how many are no longer there. */
  readonly gone: number;
}

/** What an undo did. */
export interface Undone {
  /** By kind. */
  readonly removed: Record<string, number>;
  readonly losses: readonly Loss[];
}

/**
 * Takes back what a restore made, and nothing else.
 *
 *     review    every object of the journal's, known by its UID; what came later and needs it keeps it
 *     prepare   what keeps deletions from doing harm elsewhere: packages lose their finalizers, so that Korifi deletes
 *               no image; managed services get the mark with which their broker is not asked
 *     delete    group by group, backwards through the waves: with the UID as a precondition, and waiting until all of a
 *               group is gone, since what is deleted next may be what its controller needs for that
 *     names     the leases of names go with their objects; what stays behind is told
 *
 * An object that will not go is a loss, and what it needs stays with it: what it names, and the installation of its
 * kind. Run again, it goes on: what is gone is gone. What the restore changed of objects that were there before stays
 * as it is.
 */
export async function reviewUndo(journal: Journal, options: UndoOptions): Promise<UndoReview> {
  const { cluster, report, signal } = options;
  report({ type: 'phase', phase: 'read' });
  const surface = await cluster.discover(signal);
  const survey = await surveyMade(journal, cluster, surface, signal);
  const absent = await absentOf([...journal.tried(), ...survey.gone.map(({ at }) => at)], cluster, signal);
  return { context: cluster.context, plan: planUndo(survey), absent, gone: survey.gone.length };
}

/** Those of which there is no object, nor another one of that name. */
async function absentOf(
  tried: readonly ObjectIntent[],
  cluster: Cluster,
  signal: AbortSignal | undefined,
): Promise<ObjectId[]> {
  const found = await mapLimit(
    tried.filter(({ group }) => group === KORIFI),
    APPLY_IN_FLIGHT,
    async intent => {
      const live = await cluster.get(resourceOf(intent), intent.namespace, intent.name, signal);
      return live === undefined ? [idOfIntent(intent)] : [];
    },
  );
  return found.flat();
}

export async function undo({ plan, absent }: UndoReview, options: UndoOptions): Promise<Undone> {
  const { report, signal } = options;
  report({ type: 'phase', phase: 'resources' });
  const all = plan.groups.flat();
  report({
    ...{ type: 'planned', bytes: 0, blobs: 0, images: 0 },
    objects: all.length,
    waves: plan.groups.length,
  });
  const run = new UndoRun(all, options);
  await run.prepare(all);
  for (const [index, group] of plan.groups.entries()) {
    signal?.throwIfAborted();
    await run.remove(group, index + 1, plan.groups.length);
  }
  await waitForNames([...run.removedIds, ...absent], options);
  return { removed: run.counts(), losses: [...plan.kept, ...run.losses] };
}

const MADE_ANEW = "somebody has made it anew while this undo ran: that one is not the restore's";

/** Whether the UID is not that of the object that is there. */
function isAnother(error: Failure): boolean {
  return error instanceof ApiFailure && error.status === 409;
}

class UndoRun {
  readonly losses: Loss[] = [];
  readonly removedIds: ObjectId[] = [];
  readonly #options: UndoOptions;
  readonly #needs: Needs;
  readonly #lost = new Set<Remaining>();
  /** Keys of what must stay, since something that will not go needs it, with why. */
  readonly #held = new Map<string, string>();

  constructor(all: readonly Remaining[], options: UndoOptions) {
    this.#options = options;
    this.#needs = new Needs(all);
  }

  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { kind } of this.removedIds) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  }

  async prepare(all: readonly Remaining[]): Promise<void> {
    const { cluster, signal } = this.#options;
    await forEachLimit(all, APPLY_IN_FLIGHT, async one => {
      const { annotations, dropFinalizers } = one.descriptor.undo ?? {};
      if (annotations === undefined && dropFinalizers === undefined) return;
      const { uid } = one;
      const metadata = {
        uid,
        ...(annotations && { annotations }),
        ...(dropFinalizers && { finalizers: [] }),
      };
      const patch = { type: 'merge', body: { metadata } } as const;
      await this.#attempt(one, () =>
        cluster.patch(one.resource, one.id.namespace, one.id.name, patch, signal ? { signal } : {}),
      );
    });
  }

  async remove(group: readonly Remaining[], number: number, of: number): Promise<void> {
    const { cluster, report, signal } = this.#options;
    const kinds = [...new Set(group.map(({ id }) => id.kind))];
    report({ type: 'wave-started', wave: number, of, kinds, objects: group.length });
    const going: Remaining[] = [];
    await forEachLimit(group, APPLY_IN_FLIGHT, async one => {
      signal?.throwIfAborted();
      const held = this.#held.get(keyOf(one.id));
      if (held !== undefined) return this.#lose(one, `${held}, and needs it`);
      const { resource, id, uid } = one;
      const options = { propagation: 'Background', only: { uid }, ...(signal && { signal }) } as const;
      const asked = await this.#attempt(one, () => cluster.delete(resource, id.namespace, id.name, options));
      if (asked) going.push(one);
    });
    const stuck = await waitUntilGone(going, this.#options);
    for (const { one, loss } of stuck) this.#lose(one, loss);
    for (const one of going) {
      if (stuck.some(({ one: other }) => other === one)) continue;
      this.removedIds.push(one.id);
      report({ type: 'object-done', kind: one.id.kind, name: one.id.name, how: 'removed' });
    }
    report({ type: 'wave-done', wave: number });
  }

  /** False when it is lost, or was never to be touched: an object of the same name that somebody else has made since. */
  async #attempt(one: Remaining, write: () => Promise<unknown>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      if (this.#options.signal?.aborted || !(error instanceof Failure)) throw error;
      if (!(error instanceof ApiFailure || error.code === 'forbidden')) throw error;
      if (error instanceof ApiFailure && error.status === 404) return true;
      this.#lose(one, isAnother(error) ? MADE_ANEW : reasonOf(error));
      return false;
    }
  }

  /** Tells it once, and holds what it needs. */
  #lose(one: Remaining, reason: string): void {
    const subject = showId(one.id);
    if (this.#lost.has(one)) return;
    this.#lost.add(one);
    const loss: Loss = { kind: 'object-kept', subject, reason };
    this.losses.push(loss);
    this.#options.report({ type: 'loss', loss });
    for (const key of [keyOf(one.id), ...this.#needs.of([one]).keys()]) {
      if (!this.#held.has(key)) this.#held.set(key, `${subject} is still there`);
    }
  }
}
