import { idOf, keyOf } from '../../src/base/object.ts';
import { View } from '../../src/sandbox/compare/view.ts';
import type { EmbeddedFoundation } from '../../src/sandbox/foundation.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';

/** Every object of a foundation, by its key, with its UID: whether it is another one with the same name. */
export async function everythingOf({ cluster }: EmbeddedFoundation): Promise<Map<string, string>> {
  const view = await View.of(cluster);
  const objects = Object.values(KINDS).flatMap(kind => view.all(kind));
  return new Map(objects.map(object => [keyOf(idOf(object)), object.metadata.uid ?? '']));
}

/** Every tag of its registry, as `repository:tag`. */
export function tagsOf({ registry }: EmbeddedFoundation): string[] {
  return registry
    .repositories()
    .flatMap(path => registry.tags(path).map(tag => `${path}:${tag}`))
    .sort();
}
