import { sleep } from '../../base/concurrency.ts';
import type { ObjectId } from '../../base/object.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { KORIFI } from '../../foundation/kinds/common.ts';
import type { Report } from '../../progress/events.ts';
import { namesReservedFor, releaseNames } from '../reserved-names.ts';

/** Korifi's webhooks let go of a name within the request that deletes its object; the rest is for slow lists. */
const PATIENCE_MS = 3_000;
const INTERVAL_MS = 250;

interface NamesOptions {
  readonly cluster: Cluster;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits until the names of objects that are gone, or that never came about, are free; those that stay held are let go of.
 */
export async function waitForNames(removed: readonly ObjectId[], options: NamesOptions): Promise<void> {
  const { cluster, report, signal } = options;
  const owners = removed.filter(({ group }) => group === KORIFI);
  if (owners.length === 0) return;
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const orphans = await namesReservedFor(owners, cluster, signal);
    if (orphans.length === 0) return;
    const subject = 'names in Korifi';
    if (Date.now() > deadline) {
      report({ type: 'waited', subject });
      const released = await releaseNames(orphans, cluster, signal);
      report({ type: 'note', text: `${released} names that Korifi still held were let go of` });
      return;
    }
    report({ type: 'waiting', subject, for: 'them to be let go of', left: orphans.length });
    await sleep(INTERVAL_MS, signal);
  }
}
