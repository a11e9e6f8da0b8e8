import type { KorifiFacts } from '../archive/plan.ts';

const LIMITS = [
  { limit: 'maxRetainedPackagesPerApp', what: 'packages', lost: 'the older ones, and their images' },
  { limit: 'maxRetainedBuildsPerApp', what: 'builds', lost: 'the older ones' },
] as const;

/**
 * Where the target keeps less of an app's history than the source did, in words: its cleaners take away what is over
 * the limit as soon as it is restored. An app's current droplet and package are always kept.
 */
export function smallerLimits(source: KorifiFacts | undefined, target: KorifiFacts | undefined): string[] {
  return LIMITS.flatMap(({ limit, what, lost }) => {
    const [was, is] = [source?.[limit], target?.[limit]];
    if (was === undefined || is === undefined || is >= was) return [];
    return [`the target keeps ${is} old ${what} of an app, the source kept ${was}: Korifi deletes ${lost}`];
  });
}
