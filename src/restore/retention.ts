import type { KorifiFacts } from '../archive/plan.ts';
import { Ints } from '../base/ints.ts';
import { idOf, type KubeObject } from '../base/object.ts';
import type { Names } from '../foundation/names.ts';
import { texts } from '../foundation/path.ts';
import { secondsOf } from '../foundation/restore-items.ts';
import { firstTrue } from './conditions.ts';

/** Which objects count for a cleaner: those that show the condition, but for the one in use. */
const LIMITS = [
  { limit: 'maxRetainedPackagesPerApp', kind: 'CFPackage', what: 'packages', counts: 'Ready' },
  { limit: 'maxRetainedBuildsPerApp', kind: 'CFBuild', what: 'builds', counts: 'Succeeded' },
] as const;

/** Objects of one kind that count for a cleaner, as numbers of identities: a foundation has tens of thousands. */
class Counted {
  readonly #objects = new Ints();
  readonly #apps = new Ints();
  readonly #ages = new Ints();

  add(object: number, app: number, createdAt: string | undefined): void {
    this.#objects.push(object);
    this.#apps.push(app);
    this.#ages.push(secondsOf(createdAt));
  }

  /** What is beyond the newest few of each app, but for what is in use. */
  *beyond(keeps: number, inUse: ReadonlySet<number>): Generator<number> {
    const [objects, apps, ages] = [this.#objects, this.#apps, this.#ages];
    const places = Int32Array.from(objects.view(), (_, place) => place);
    places.sort((a, b) => apps.at(a) - apps.at(b) || ages.at(b) - ages.at(a) || a - b);
    let [app, kept] = [-1, 0];
    for (const place of places) {
      if (inUse.has(objects.at(place))) continue;
      if (apps.at(place) !== app) [app, kept] = [apps.at(place), 0];
      if (++kept > keeps) yield objects.at(place);
    }
  }
}

/**
 * What of the history of apps has no place on the target. Its cleaners keep the newest few besides what is in use, and
 * rank by a time that a restore sets anew and that counts whole seconds: of more than they keep, they would take any.
 * So no more than that comes back: the newest of the source, and what is in use always.
 */
export class History {
  readonly #names: Names;
  readonly #counted = { CFPackage: new Counted(), CFBuild: new Counted() };
  /** Apps' current builds. */
  readonly #current = new Ints();
  /** Builds, and the package that each was made of. */
  readonly #builds = new Ints();
  readonly #sources = new Ints();

  /** @param names who the objects are */
  constructor(names: Names) {
    this.#names = names;
  }

  see(object: KubeObject): void {
    const id = idOf(object);
    const numberOf = (kind: string, name: string) => this.#names.numberOf({ ...id, kind, name });
    if (id.kind === 'CFApp') {
      for (const build of texts(object, 'spec.currentDropletRef.name'))
        this.#current.push(numberOf('CFBuild', build));
    }
    const counted = LIMITS.find(({ kind }) => kind === id.kind);
    const [app] = texts(object, 'spec.appRef.name');
    if (counted === undefined || app === undefined) return;
    const number = this.#names.numberOf(id);
    for (const source of texts(object, 'spec.packageRef.name')) {
      this.#builds.push(number);
      this.#sources.push(numberOf('CFPackage', source));
    }
    if (firstTrue(object, [counted.counts]) === undefined) return;
    this.#counted[counted.kind].add(number, numberOf('CFApp', app), object.metadata.creationTimestamp);
  }

  /** The numbers of the objects that would be deleted. */
  overLimit(target: KorifiFacts | undefined): ReadonlySet<number> {
    const over = new Set<number>();
    const inUse = this.#inUse();
    for (const { limit, kind } of LIMITS) {
      const keeps = target?.[limit];
      if (keeps === undefined) continue;
      for (const object of this.#counted[kind].beyond(keeps, inUse)) over.add(object);
    }
    return over;
  }

  /** Current builds, and the packages that they were made of. */
  #inUse(): ReadonlySet<number> {
    const inUse = new Set(this.#current.view());
    const sources = this.#sources.view().filter((_, place) => inUse.has(this.#builds.at(place)));
    for (const source of sources) inUse.add(source);
    return inUse;
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
