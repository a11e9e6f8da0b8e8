import { forEachLimit } from '../base/concurrency.ts';
import { Failure } from '../base/errors.ts';
import { LIST_STREAMS } from '../base/limits.ts';
import { idOf, keyOf } from '../base/object.ts';
import type { ApiSurface, Cluster } from '../cluster/cluster.ts';
import type { KindDescriptor } from '../foundation/descriptor.ts';
import { creations, type Wave } from '../foundation/waves.ts';

/**
 * Of each wave, how many of the objects that it would make are in the target already. A kind that is not served there,
 * or may not be listed, counts as not there: other checks tell of that.
 */
export async function existingIn(
  waves: readonly Wave[],
  kinds: Iterable<KindDescriptor>,
  { cluster, surface, signal }: { cluster: Cluster; surface: ApiSurface; signal?: AbortSignal },
): Promise<number[]> {
  const wanted = new Set(waves.flatMap(({ nodes }) => Array.from(nodes, ({ id }) => keyOf(id))));
  const there = new Set<string>();
  await forEachLimit(kinds, LIST_STREAMS, async ({ group, kind, versions }) => {
    const resource = surface.find(group, kind, versions);
    if (resource === undefined) return;
    try {
      for await (const page of cluster.list(resource, signal === undefined ? {} : { signal })) {
        for (const object of page) {
          const key = keyOf(idOf(object));
          if (wanted.has(key)) there.add(key);
        }
      }
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'forbidden') throw error;
    }
  });
  return waves.map(
    wave => [...Iterator.from(creations([wave])).filter(({ id }) => there.has(keyOf(id)))].length,
  );
}
