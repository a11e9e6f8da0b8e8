import type { KorifiFacts } from '../archive/plan.ts';
import { ImageMap, type MapRule } from '../foundation/image-map.ts';
import type { UsedMap } from '../progress/results/restore.ts';
import type { Login } from './logins.ts';
import type { Mapping } from './transform.ts';

/** The login for a registry of the target, which takes the place of those for some of the source. */
export type LoginAt = (registry: string, sources: readonly string[]) => Promise<Login | undefined>;

/**
 * What must change between source and target: the rules that a person gave, and what both sides' own Korifi
 * configuration says about their registry prefixes and the Secrets with which they pull.
 */
export async function movesBetween(
  source: KorifiFacts | undefined,
  target: KorifiFacts | undefined,
  given: readonly MapRule[],
  loginAt: LoginAt,
): Promise<Pick<Mapping, 'images' | 'logins' | 'pullSecrets'>> {
  const from = source?.containerRepositoryPrefix;
  const to = target?.containerRepositoryPrefix;
  const found = from === undefined || to === undefined ? [] : [{ from, to }];
  const images = new ImageMap([...given, ...found]);
  const logins = new Map<string, Login>();
  const sources = Map.groupBy(images.prefixes, ({ to }) => hostOf(to));
  for (const [registry, rules] of sources) {
    const login = await loginAt(
      registry,
      rules.map(({ from }) => hostOf(from)),
    );
    if (login !== undefined) logins.set(registry, login);
  }
  return { images, logins, pullSecrets: pullSecrets(source, target) };
}

function hostOf(prefix: string): string {
  return prefix.replace(/\/.*$/, '');
}

/** What a mapping changes, for people: the more special rules first. */
export function usedMaps({ images, pullSecrets, domains, subjects }: Mapping): UsedMap[] {
  const secrets = [...pullSecrets].map(([from, to]) => ({ what: 'pull secret', from, to }));
  const registries = images.rules.map(({ from, to }) => ({ what: 'registry', from, to }));
  const routes = domains.renamed().map(pair => ({ what: 'domain', ...pair }));
  const people = [...(subjects ?? [])].flatMap(([kind, names]) =>
    [...names].map(([from, to]) => ({ what: kind.toLowerCase(), from, to })),
  );
  return [...registries, ...routes, ...secrets, ...people].filter(({ from, to }) => from !== to);
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
