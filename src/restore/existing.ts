import { forEachLimit } from '../base/concurrency.ts';
import { Failure } from '../base/errors.ts';
import { Ints } from '../base/ints.ts';
import { LIST_STREAMS } from '../base/limits.ts';
import type { ApiSurface, Cluster } from '../cluster/cluster.ts';
import type { KindDescriptor } from '../foundation/descriptor.ts';
import { Names } from '../foundation/names.ts';
import { creations, type Wave } from '../foundation/waves.ts';
import { idIn } from './conflicts.ts';

/**
 * Of each wave, how many of the objects that it would make are in the target already. A kind that is not served there,
 * or may not be listed, counts as not there: other checks tell of that.
 */
export async function existingIn(
  waves: readonly Wave[],
  kinds: Iterable<KindDescriptor>,
  { cluster, surface, signal }: { cluster: Cluster; surface: ApiSurface; signal?: AbortSignal },
): Promise<number[]> {
  const wanted = new Names();
  const waveOf = new Ints();
  for (const [wave, one] of waves.entries()) {
    for (const { id } of creations([one])) {
      wanted.numberOf(id);
      waveOf.push(wave);
    }
  }
  const there = new Set<number>();
  await forEachLimit(kinds, LIST_STREAMS, async ({ group, kind, versions }) => {
    const resource = surface.find(group, kind, versions);
    if (resource === undefined) return;
    try {
      for await (const page of cluster.list(resource, { metadataOnly: true, ...(signal && { signal }) })) {
        for (const object of page) {
          const number = wanted.find(idIn(resource, object));
          if (number !== undefined) there.add(number);
        }
      }
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'forbidden') throw error;
    }
  });
  const counts = waves.map(() => 0);
  for (const number of there) {
    const wave = waveOf.at(number);
    counts[wave] = (counts[wave] ?? 0) + 1;
  }
  return counts;
}
