import type { KorifiFacts } from '../archive/plan.ts';
import { ImageMap, type MapRule } from '../foundation/image-map.ts';
import type { Mapping } from './transform.ts';

/**
 * What must change between source and target: the rules that a person gave, and what both sides' own Korifi
 * configuration says about their registry prefixes and the Secrets with which they pull.
 */
export function mappingOf(
  source: KorifiFacts | undefined,
  target: KorifiFacts | undefined,
  given: readonly MapRule[],
  valuesSecrets: ReadonlySet<string>,
): Mapping {
  const from = source?.containerRepositoryPrefix;
  const to = target?.containerRepositoryPrefix;
  const found = from === undefined || to === undefined ? [] : [{ from, to }];
  return {
    images: new ImageMap([...given, ...found]),
    pullSecrets: pullSecrets(source, target),
    valuesSecrets,
  };
}

/** Pairs the names off; where the target has fewer, its first one serves. */
function pullSecrets(source: KorifiFacts | undefined, target: KorifiFacts | undefined): Map<string, string> {
  const names = target?.containerRegistrySecretNames ?? [];
  return new Map(
    (source?.containerRegistrySecretNames ?? []).flatMap((name, index) => {
      const own = names[index] ?? names[0];
      return own === undefined ? [] : [[name, own] as const];
    }),
  );
}
