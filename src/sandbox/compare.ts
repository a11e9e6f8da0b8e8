import type { Cluster } from '../cluster/cluster.ts';
import type { ActivityLog } from './activity.ts';
import { deadOwners, harm, missingImages, wrongLeases } from './compare/health.ts';
import { type Portrait, portraitOf } from './compare/portrait.ts';
import { View } from './compare/view.ts';
import type { ImageClient } from './images/client.ts';

/** One foundation to compare, with the registry that its images are in. */
export interface Compared {
  readonly cluster: Cluster;
  readonly images: ImageClient;
  readonly activity: ActivityLog;
}

/** One thing that is not the same on both sides; undefined where it is not there at all. */
interface Difference {
  /** `app retail/production/cart` */
  readonly subject: string;
  /** `droplet`, `env`, …; `existence` when one side does not have the subject. */
  readonly aspect: string;
  readonly source: string | undefined;
  readonly target: string | undefined;
}

/** What came out of comparing two foundations. */
export interface Comparison {
  readonly differences: readonly Difference[];
  /** What is wrong with the target in itself, and what was done to it that should not have been, as sentences. */
  readonly problems: readonly string[];
  /** How many subjects of each sort were found the same: `app`, `route`, … */
  readonly same: ReadonlyMap<string, number>;
}

/**
 * Compares what users care about of two foundations, the second restored from the first: orgs, spaces, apps with
 * droplets, environment, scale and state, routes, services, roles, the installation. Then looks whether the
 * target is sound, and whether anything was staged, run or deleted there.
 */
export async function compareFoundations(source: Compared, target: Compared): Promise<Comparison> {
  const [before, after] = [await View.of(source.cluster), await View.of(target.cluster)];
  const sourcePortrait = portraitOf(before, source.images.registry.host);
  const targetPortrait = portraitOf(after, target.images.registry.host);
  const differences = differ(sourcePortrait, targetPortrait);
  const problems = [
    ...(await missingImages(after, target.images)),
    ...deadOwners(after),
    ...wrongLeases(after),
    ...harm(target.activity),
  ];
  const different = new Set(differences.map(({ subject }) => subject));
  const same = new Map<string, number>();
  for (const subject of sourcePortrait.keys()) {
    const sort = subject.slice(0, subject.lastIndexOf(' '));
    if (!different.has(subject)) same.set(sort, (same.get(sort) ?? 0) + 1);
  }
  return { differences, problems, same };
}

function differ(source: Portrait, target: Portrait): Difference[] {
  const subjects = [...new Set([...source.keys(), ...target.keys()])].sort();
  return subjects.flatMap(subject => {
    const [was, is] = [source.get(subject), target.get(subject)];
    if (was === undefined || is === undefined) {
      const existence = (side: object | undefined) => (side === undefined ? undefined : 'there');
      return [{ subject, aspect: 'existence', source: existence(was), target: existence(is) }];
    }
    const aspects = Object.keys(was).filter(aspect => was[aspect] !== is[aspect]);
    return aspects.map(aspect => ({ subject, aspect, source: was[aspect], target: is[aspect] }));
  });
}
