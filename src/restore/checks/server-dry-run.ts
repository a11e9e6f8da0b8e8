import { forEachLimit } from '../../base/concurrency.ts';
import { Failure, reasonOf } from '../../base/errors.ts';
import { APPLY_IN_FLIGHT } from '../../base/limits.ts';
import type { Loss } from '../../base/losses.ts';
import { keyOf, showId } from '../../base/object.ts';
import type { ApiResource, ApiSurface, Cluster } from '../../cluster/cluster.ts';
import { creations, type WaveNode } from '../../foundation/waves.ts';
import { inVersion } from '../apply.ts';
import { NAMESPACES } from '../namespaces.ts';
import { transform } from '../transform.ts';
import type { TriedRestore } from './tried.ts';

/** What the API server says to a restore, by number of objects; those that it refuses by name. */
interface ServerVerdict {
  readonly accepted: number;
  readonly present: number;
  /** Whose namespace or kind is not there yet, or that were refused while something that they need is not there. */
  readonly untried: number;
  readonly refused: readonly Loss[];
}

/**
 * Sends every object as a server-side dry run: admission, schemas and quotas of the real server, and nothing is stored.
 * Each is tried alone on the target as it is, so what the restore itself brings first (namespaces, kinds, an app before
 * its route) is missing: such an object is not held against the archive, but counted as untried.
 */
export async function tryOnServer(options: TriedRestore): Promise<ServerVerdict> {
  const { inventory, cluster, surface, signal } = options;
  const nodes = [...creations(inventory.waves)];
  const byKey = new Map(nodes.map(node => [keyOf(node.id), node]));
  const verdict = { accepted: 0, present: 0, untried: 0, refused: [] as Loss[] };
  const known = new Map<string, Promise<boolean>>();
  const has = (node: WaveNode): Promise<boolean> => {
    const key = keyOf(node.id);
    const found = known.get(key) ?? isThere(node, surface, cluster, signal);
    known.set(key, found);
    return found;
  };
  const namespaces = new Map<string, Promise<boolean>>();
  const hasNamespace = (name: string): Promise<boolean> => {
    const found =
      namespaces.get(name) ?? cluster.get(NAMESPACES, undefined, name, signal).then(one => one !== undefined);
    namespaces.set(name, found);
    return found;
  };
  await forEachLimit(nodes, APPLY_IN_FLIGHT, async node => {
    const { id, descriptor, needs } = node;
    const resource = surface.find(descriptor.group, descriptor.kind, descriptor.versions);
    if (resource === undefined || (id.namespace !== undefined && !(await hasNamespace(id.namespace)))) {
      verdict.untried++;
    } else if (await has(node)) verdict.present++;
    else {
      const reason = await refusalOf(node, resource, options);
      const lacking = needs.map(key => byKey.get(key)).filter(found => found !== undefined);
      const there = reason === undefined || (await Promise.all(lacking.map(has))).every(Boolean);
      if (reason === undefined) verdict.accepted++;
      else if (there) verdict.refused.push({ kind: 'object-failed', subject: showId(id), reason });
      else verdict.untried++;
    }
  });
  return verdict;
}

async function isThere(
  { id, descriptor }: WaveNode,
  surface: ApiSurface,
  cluster: Cluster,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const resource = surface.find(descriptor.group, descriptor.kind, descriptor.versions);
  return resource !== undefined && (await cluster.get(resource, id.namespace, id.name, signal)) !== undefined;
}

async function refusalOf(
  { id, descriptor }: WaveNode,
  resource: ApiResource,
  { store, mapping, cluster, signal }: TriedRestore,
): Promise<string | undefined> {
  const wanted = inVersion(transform(descriptor, await store.get(id), id, mapping), resource);
  try {
    await cluster.create(resource, wanted, { dryRun: true, ...(signal && { signal }) });
    return undefined;
  } catch (error) {
    if (signal?.aborted || !(error instanceof Failure) || error.code === 'not-connected') throw error;
    return reasonOf(error);
  }
}
