import { Failure } from '../base/errors.ts';
import { idOf, type KubeObject, showId } from '../base/object.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { descriptorOf } from '../foundation/catalog.ts';
import type { KindDescriptor } from '../foundation/descriptor.ts';
import { passes } from '../foundation/marks.ts';
import { texts } from '../foundation/path.ts';
import type { Kinds } from './kinds.ts';

interface GuardOptions {
  readonly cluster: Cluster;
  readonly kinds: Kinds;
  /** Korifi's. */
  readonly rootNamespace: string | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Looks whether creating the object would make a controller of the target do harm.
 * @throws Failure `refused` with what to do first.
 */
export async function checkGuards(
  descriptor: KindDescriptor,
  wanted: KubeObject,
  { cluster, kinds, rootNamespace, signal }: GuardOptions,
): Promise<void> {
  for (const { path, of, in: where, must, because, hint } of descriptor.guards ?? []) {
    const named = descriptorOf(of.group, of.kind);
    const resource = named && kinds.find(named);
    const [name] = texts(wanted, path);
    if (resource === undefined || name === undefined) continue;
    const namespace = where === 'same' ? wanted.metadata.namespace : rootNamespace;
    const live = await cluster.get(resource, namespace, name, signal);
    if (live === undefined || (must !== 'be absent' && passes(live, must))) continue;
    const subject = showId(idOf(wanted));
    throw new Failure('refused', because, { subject, hints: [hint] });
  }
}
