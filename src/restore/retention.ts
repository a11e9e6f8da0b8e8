import type { KorifiFacts } from '../archive/plan.ts';
import { idOf, type KubeObject, keyOf, showId } from '../base/object.ts';
import { texts } from '../foundation/path.ts';
import { firstTrue } from './conditions.ts';

/** Which objects count for a cleaner: those that show the condition, but for the one in use. */
const LIMITS = [
  { limit: 'maxRetainedPackagesPerApp', kind: 'CFPackage', what: 'packages', counts: 'Ready' },
  { limit: 'maxRetainedBuildsPerApp', kind: 'CFBuild', what: 'builds', counts: 'Succeeded' },
] as const;

interface Old {
  readonly key: string;
  /** `CFBuild space/guid` */
  readonly subject: string;
  readonly kind: string;
  readonly name: string;
  readonly app: string;
  readonly createdAt: string;
}

/**
 * What of the history of apps has no place on the target. Its cleaners keep the newest few besides what is in use, and
 * rank by a time that a restore sets anew and that counts whole seconds: of more than they keep, they would take any.
 * So no more than that comes back: the newest of the source, and what is in use always.
 */
export class History {
  readonly #old: Old[] = [];
  /** Keys of apps' current builds, and of the packages that builds were made of. */
  readonly #current = new Set<string>();
  readonly #packageOf = new Map<string, string>();

  see(object: KubeObject): void {
    const { kind, metadata } = object;
    const within = (name: string) => `${metadata.namespace}/${name}`;
    if (kind === 'CFApp') {
      for (const build of texts(object, 'spec.currentDropletRef.name')) this.#current.add(within(build));
    }
    const counted = LIMITS.find(rule => rule.kind === kind);
    const [app] = texts(object, 'spec.appRef.name');
    if (counted === undefined || app === undefined) return;
    for (const source of texts(object, 'spec.packageRef.name')) {
      this.#packageOf.set(within(metadata.name), within(source));
    }
    if (firstTrue(object, [counted.counts]) === undefined) return;
    const id = idOf(object);
    const names = { key: keyOf(id), subject: showId(id), name: within(metadata.name), app: within(app) };
    this.#old.push({ ...names, kind, createdAt: metadata.creationTimestamp ?? '' });
  }

  /** Keys of the objects that would be deleted, to the objects as people write them. */
  overLimit(target: KorifiFacts | undefined): ReadonlyMap<string, string> {
    const over = new Map<string, string>();
    const inUse = new Set([...this.#current].flatMap(build => [build, this.#packageOf.get(build) ?? build]));
    for (const { limit, kind } of LIMITS) {
      const keeps = target?.[limit];
      if (keeps === undefined) continue;
      const old = this.#old.filter(object => object.kind === kind && !inUse.has(object.name));
      for (const ofApp of Map.groupBy(old, ({ app }) => app).values()) {
        ofApp.sort((a, b) => (a.createdAt === b.createdAt ? 0 : a.createdAt < b.createdAt ? 1 : -1));
        for (const { key, subject } of ofApp.slice(keeps)) over.set(key, subject);
      }
    }
    return over;
  }
}

/** Where the target keeps less of an app's history than the source did, in words. */
export function smallerLimits(source: KorifiFacts | undefined, target: KorifiFacts | undefined): string[] {
  return LIMITS.flatMap(({ limit, what }) => {
    const [was, is] = [source?.[limit], target?.[limit]];
    if (was === undefined || is === undefined || is >= was) return [];
    return [`the target keeps ${is} old ${what} of an app, the source kept ${was}: older ones are left out`];
  });
}
