import type { KorifiFacts } from '../archive/plan.ts';
import { ImageMap, type MapRule } from '../foundation/image-map.ts';
import type { UsedMap } from '../progress/results.ts';
import type { Login } from './logins.ts';
import type { Mapping } from './transform.ts';

/**
 * What must change between source and target: the rules that a person gave, and what both sides' own Korifi
 * configuration says about their registry prefixes and the Secrets with which they pull.
 */
export async function movesBetween(
  source: KorifiFacts | undefined,
  target: KorifiFacts | undefined,
  given: readonly MapRule[],
  loginAt: (registry: string) => Promise<Login | undefined>,
): Promise<Pick<Mapping, 'images' | 'logins' | 'pullSecrets'>> {
  const from = source?.containerRepositoryPrefix;
  const to = target?.containerRepositoryPrefix;
  const found = from === undefined || to === undefined ? [] : [{ from, to }];
  const images = new ImageMap([...given, ...found]);
  const logins = new Map<string, Login>();
  for (const registry of new Set(images.prefixes.map(({ to }) => to.replace(/\/.*$/, '')))) {
    const login = await loginAt(registry);
    if (login !== undefined) logins.set(registry, login);
  }
  return { images, logins, pullSecrets: pullSecrets(source, target) };
}

/** What a mapping changes, for people: the more special rules first. */
export function usedMaps({ images, pullSecrets }: Mapping): UsedMap[] {
  const secrets = [...pullSecrets].map(([from, to]) => ({ what: 'pull secret', from, to }));
  const registries = images.rules.map(({ from, to }) => ({ what: 'registry', from, to }));
  return [...registries, ...secrets].filter(({ from, to }) => from !== to);
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
