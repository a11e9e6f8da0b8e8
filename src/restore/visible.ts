import { sleep } from '../base/concurrency.ts';
import { type KubeObject, showId } from '../base/object.ts';
import type { ApiResource, Cluster } from '../cluster/cluster.ts';
import { texts } from '../foundation/path.ts';
import type { VisibilityRule } from '../foundation/rules.ts';
import type { Report } from '../progress/events.ts';

/** A repository shows its packages before it says that it has reconciled; what is not there by then may never come. */
const PATIENCE_MS = 30_000;
const LOOK_INTERVAL_MS = 250;

interface VisibleOptions {
  readonly cluster: Cluster;
  /** The resource of the rule's kind; undefined while it is not served. */
  readonly resource: ApiResource | undefined;
  /** How long objects of its kind are waited for, where that is shorter. */
  readonly patienceMs: number;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits until what an object is about to ask for can be seen from its namespace: the wanted version of a package, which
 * may lie in another namespace. When it does not come the object is made all the same, and its controller says why.
 */
export async function waitUntilVisible(
  rule: VisibilityRule,
  object: KubeObject,
  { cluster, resource, patienceMs, report, signal }: VisibleOptions,
): Promise<void> {
  const parts = rule.name.map(path => texts(object, path)[0]);
  if (resource === undefined || parts.includes(undefined)) return;
  const name = parts.join('.');
  if (!new RegExp(`^${rule.matching}$`).test(name)) return;
  const { namespace } = object.metadata;
  const subject = showId({ ...rule.kind, name, ...(namespace !== undefined && { namespace }) });
  const deadline = Date.now() + Math.min(PATIENCE_MS, patienceMs);
  for (let looks = 0; (await cluster.get(resource, namespace, name, signal)) === undefined; looks++) {
    if (Date.now() > deadline) break;
    if (looks === 0) report({ type: 'waiting', subject, for: 'it to be visible', left: 1 });
    await sleep(LOOK_INTERVAL_MS, signal);
  }
  report({ type: 'waited', subject });
}
