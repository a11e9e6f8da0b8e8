import type { ObjectOutcome } from './events.ts';
import { count, plural, size } from './format.ts';

/** Everything that is counted during a run. The numbers only grow. */
export interface Totals {
  kinds: number;
  listed: number;
  resolved: number;
  movedBlobs: number;
  movedBytes: number;
  presentBlobs: number;
  mountedBlobs: number;
  manifests: number;
  objects: Record<ObjectOutcome, number>;
  retries: number;
  losses: number;
}

/** Where a run begins. */
export function noTotals(): Totals {
  return {
    kinds: 0,
    listed: 0,
    resolved: 0,
    movedBlobs: 0,
    movedBytes: 0,
    presentBlobs: 0,
    mountedBlobs: 0,
    manifests: 0,
    objects: {
      created: 0,
      completed: 0,
      unchanged: 0,
      updated: 0,
      differs: 0,
      skipped: 0,
      failed: 0,
      started: 0,
      removed: 0,
    },
    retries: 0,
    losses: 0,
  };
}

export function copyTotals(totals: Totals): Totals {
  return { ...totals, objects: { ...totals.objects } };
}

/** Objects that have met their fate; a start is a second step of an object that was counted before. */
export function objectsDone(totals: Totals): number {
  let done = -totals.objects.started;
  for (const number of Object.values(totals.objects)) done += number;
  return done;
}

/** What each outcome is called after a number. */
export const OUTCOME_WORDS: Record<ObjectOutcome, string> = {
  created: 'created',
  completed: 'completed',
  unchanged: 'unchanged',
  updated: 'updated',
  differs: 'left different',
  skipped: 'skipped',
  failed: 'failed',
  started: 'started',
  removed: 'removed',
};

/** What happened between two points of a run, in words; what did not happen is not mentioned. */
export function happened(before: Totals, after: Totals): string {
  const since = (pick: (totals: Totals) => number) => pick(after) - pick(before);
  const parts: string[] = [];
  const add = (number: number, text: (number: number) => string) => {
    if (number > 0) parts.push(text(number));
  };
  add(
    since(totals => totals.kinds),
    kinds => plural(kinds, 'kind'),
  );
  add(
    since(totals => totals.listed),
    objects => plural(objects, 'object'),
  );
  add(
    since(totals => totals.resolved),
    references => plural(references, 'image reference'),
  );
  add(
    since(totals => totals.movedBlobs),
    blobs => `${size(since(totals => totals.movedBytes))} in ${plural(blobs, 'blob')}`,
  );
  add(
    since(totals => totals.presentBlobs),
    blobs => `${plural(blobs, 'blob')} already there`,
  );
  add(
    since(totals => totals.mountedBlobs),
    blobs => `${plural(blobs, 'blob')} mounted`,
  );
  for (const outcome of Object.keys(OUTCOME_WORDS) as ObjectOutcome[]) {
    add(
      since(totals => totals.objects[outcome]),
      objects => `${count(objects)} ${OUTCOME_WORDS[outcome]}`,
    );
  }
  add(
    since(totals => totals.retries),
    retries => plural(retries, 'retry', 'retries'),
  );
  add(
    since(totals => totals.losses),
    losses => plural(losses, 'loss', 'losses'),
  );
  return parts.join(', ');
}
