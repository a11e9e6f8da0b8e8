import type { Plan, PlannedImage } from '../archive/plan.ts';
import type { Digest } from '../base/digest.ts';
import { idOf, type KubeObject, showId } from '../base/object.ts';
import { texts } from './path.ts';
import { treeOf } from './tree.ts';

/** Who needs the bytes of an archive's layers. */
export interface ImageShare {
  readonly name: string;
  readonly sort: 'foundation' | 'installation' | 'org' | 'space' | 'app' | 'object';
  /** Bytes of layers that only this needs: of a whole, those that several of its parts share. */
  readonly own: number;
  /** `own` and the totals of the parts: every layer of the archive is counted once in the whole. */
  readonly total: number;
  /** Bytes of all layers that it needs, those included that others need too: what it would take alone. */
  readonly needs: number;
  /** The largest first. */
  readonly parts: readonly ImageShare[];
}

/** Kinds whose objects say which app an image is for; treeOf's own come first. */
export const SHARE_KINDS = ['CFOrg', 'CFSpace', 'CFApp', 'CFPackage', 'CFBuild'];

/** From the whole to a part: what identifies each step, what it is called. */
type Way = readonly { readonly key: string; readonly name: string; readonly sort: ImageShare['sort'] }[];

/**
 * Deals the layers out among installation, orgs, spaces and apps. A layer that several need is counted where their
 * ways part, so that the whole adds up to the bytes of the archive.
 *
 * @param objects at least those of {@link SHARE_KINDS}
 * @param layersOf the digests of an image's layers
 */
export function imageShares(
  plan: Pick<Plan, 'images' | 'layers'>,
  objects: readonly KubeObject[],
  layersOf: (image: PlannedImage) => readonly Digest[],
): ImageShare {
  const wayOf = waysTo(objects);
  const usersOf = usersIn(plan.images);
  const needed = new Map<Digest, Map<string, Way>>();
  for (const image of plan.images) {
    const ways = [...usersOf(image)].map(wayOf);
    for (const digest of layersOf(image)) {
      const at = needed.get(digest) ?? new Map<string, Way>();
      for (const way of ways) at.set(way.map(({ key }) => key).join('/'), way);
      needed.set(digest, at);
    }
  }
  const whole = new Part({ key: '', name: 'foundation', sort: 'foundation' });
  for (const { digest, size } of plan.layers) whole.take([...(needed.get(digest)?.values() ?? [])], size);
  return whole.share();
}

/** Objects that need an image: of one that came with another, those that need that. */
function usersIn(images: readonly PlannedImage[]): (image: PlannedImage) => Set<string> {
  const byReference = new Map(images.map(image => [image.reference, image]));
  const walk = (image: PlannedImage, users: Set<string>, seen: Set<PlannedImage>): Set<string> => {
    if (seen.has(image)) return users;
    seen.add(image);
    for (const user of image.usedBy) {
      const holder = byReference.get(user);
      if (holder === undefined) users.add(user);
      else walk(holder, users, seen);
    }
    return users;
  };
  return image => walk(image, new Set(), new Set());
}

/** What belongs to no app belongs to the installation. */
function waysTo(objects: readonly KubeObject[]): (user: string) => Way {
  const apps = new Map<string, Way>();
  for (const org of treeOf(objects)) {
    for (const space of org.spaces) {
      for (const { guid, name } of space.apps) {
        apps.set(`${space.guid}/${guid}`, [
          { key: org.guid, name: org.name, sort: 'org' },
          { key: space.guid, name: space.name, sort: 'space' },
          { key: guid, name, sort: 'app' },
        ]);
      }
    }
  }
  const users = new Map<string, Way>();
  for (const object of objects) {
    const [app = object.metadata.name] = texts(object, 'spec.appRef.name');
    const way = apps.get(`${object.metadata.namespace}/${app}`);
    if (way !== undefined) users.set(showId(idOf(object)), way);
  }
  return user =>
    users.get(user) ?? [
      { key: 'installation', name: 'installation', sort: 'installation' },
      { key: user, name: user, sort: 'object' },
    ];
}

class Part {
  readonly #step: Way[number];
  readonly #parts = new Map<string, Part>();
  #own = 0;
  #needs = 0;

  constructor(step: Way[number]) {
    this.#step = step;
  }

  /** @param ways those that lead on from here; none when the layer ends here */
  take(ways: readonly Way[], bytes: number): void {
    this.#needs += bytes;
    if (this.#deal(ways, bytes) !== 1) this.#own += bytes;
  }

  /** Lets all parts know that they need the layer; it is counted in none. */
  #need(ways: readonly Way[], bytes: number): void {
    this.#needs += bytes;
    const parts = this.#partsOn(ways);
    for (const [part, rest] of parts) part.#need(rest, bytes);
  }

  /** @returns among how many parts the layer is shared */
  #deal(ways: readonly Way[], bytes: number): number {
    const parts = this.#partsOn(ways);
    for (const [part, rest] of parts) {
      if (parts.size === 1) part.take(rest, bytes);
      else part.#need(rest, bytes);
    }
    return parts.size;
  }

  #partsOn(ways: readonly Way[]): Map<Part, Way[]> {
    const parts = new Map<Part, Way[]>();
    for (const [step, ...rest] of ways) {
      if (step === undefined) continue;
      const part = this.#parts.get(step.key) ?? new Part(step);
      this.#parts.set(step.key, part);
      const along = parts.get(part);
      if (along === undefined) parts.set(part, [rest]);
      else along.push(rest);
    }
    return parts;
  }

  share(): ImageShare {
    const parts = [...this.#parts.values()].map(part => part.share());
    parts.sort((a, b) => b.total - a.total || b.needs - a.needs || (a.name < b.name ? -1 : 1));
    const total = parts.reduce((sum, part) => sum + part.total, this.#own);
    const { name, sort } = this.#step;
    return { name, sort, own: this.#own, total, needs: this.#needs, parts };
  }
}
