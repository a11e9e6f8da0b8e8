import type { KubeObject } from '../../base/object.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { FIELD_MANAGER } from '../../cluster/cluster.ts';
import { parseReference } from '../../registry/reference.ts';
import type { Registries } from '../../registry/registry.ts';
import { type Journal, resourceOf } from './journal.ts';
import type { ManifestIntent, ObjectIntent, Outcome } from './records.ts';
import type { JournalWriter } from './writer.ts';

interface Settling {
  readonly cluster: Cluster;
  /** Without it pushes stay unclear. */
  readonly registries?: Registries;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds out what became of writes that were interrupted, and notes it. An object was looked for and not there when
 * its creation was noted; when it is there now, and the server says that this program wrote it, it is the restore's.
 */
export async function settle(
  journal: Journal,
  writer: JournalWriter,
  { cluster, registries, signal }: Settling,
): Promise<void> {
  const newest = journal.made().at(-1)?.createdAt ?? '';
  for (const [n, intent] of [...journal.unclear]) {
    if (intent.verb === 'push' && registries === undefined) continue;
    const outcome =
      intent.verb === 'push'
        ? await pushed(intent, registries, signal)
        : await made(intent as ObjectIntent, newest, cluster, signal);
    writer.end(n, outcome);
    journal.settle(n, outcome);
  }
}

async function made(
  intent: ObjectIntent,
  newest: string,
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<Outcome> {
  const live = await cluster.get(resourceOf(intent), intent.namespace, intent.name, signal);
  if (live === undefined || !isOurs(live, newest)) return { is: 'refused' };
  return { is: 'done', uid: live.metadata.uid, createdAt: live.metadata.creationTimestamp };
}

/** Servers that keep no record of who wrote what (an aggregated API) leave only the time to go by. */
function isOurs({ metadata }: KubeObject, newest: string): boolean {
  const { managedFields, creationTimestamp = '' } = metadata;
  if (managedFields === undefined) return creationTimestamp >= newest;
  return managedFields.some(entry => (entry as { manager?: unknown } | null)?.manager === FIELD_MANAGER);
}

async function pushed(
  { repository, digest, tag }: ManifestIntent,
  registries: Registries | undefined,
  signal?: AbortSignal,
): Promise<Outcome> {
  const reference = parseReference(`${repository}${tag === undefined ? `@${digest}` : `:${tag}`}`);
  return { is: (await registries?.hasManifest(reference, signal)) === digest ? 'done' : 'refused' };
}
