import type { Contents } from '../../archive/head.ts';
import { imageContent } from '../../archive/images.ts';
import type { Digest } from '../../base/digest.ts';
import { showId } from '../../base/object.ts';
import type { Wave } from '../../foundation/waves.ts';
import type { Report } from '../../progress/events.ts';
import { showRepository } from '../../registry/reference.ts';
import { bundlePlacedAs, type Placement, placedAs } from './placement.ts';

interface GateOptions {
  readonly archive: Contents;
  readonly placements: readonly Placement[];
  readonly waves: readonly Wave[];
  /** Puts an image's manifests and tags, once all of its layers are there. */
  readonly push: (placement: Placement) => Promise<void>;
  /** What only makes a bundle usable: put once all that belongs to the bundle is there. */
  readonly finishBundle: (placement: Placement) => Promise<void>;
  readonly report: Report;
}

/**
 * Lets a wave begin as soon as the images that its objects name are in the registry, while later layers still pass.
 *
 *     a layer is everywhere it must be           → images that lack nothing more are pushed
 *     all images of a bundle are pushed          → the bundle is finished
 *     every image that an object of a wave names → the wave may begin
 *
 * What is attached to images is not waited for here: it comes after all of them.
 */
export class ImageGate {
  readonly #options: GateOptions;
  /** By layer: the images that still wait for it. */
  readonly #waiting = new Map<Digest, Placement[]>();
  /** How many layers an image still lacks. */
  readonly #lacking = new Map<Placement, number>();
  readonly #pushed = new Map<Placement, PromiseWithResolvers<void>>();
  /** What of a bundle is not pushed yet, itself and its images. */
  readonly #bundles: Map<Placement, Set<string>>;
  /** By `Kind namespace/name`. */
  readonly #named: ReadonlyMap<string, readonly Placement[]>;
  #underWay: Promise<void> = Promise.resolve();

  constructor(options: GateOptions) {
    this.#options = options;
    for (const placement of this.images) {
      const own = Promise.withResolvers<void>();
      own.promise.catch(() => undefined); // whoever needs it hears of it; somebody may not
      this.#pushed.set(placement, own);
      const { layers } = imageContent(options.archive, placement.image);
      const passing = new Set(
        layers.map(({ digest }) => digest).filter(digest => !options.archive.blobs.has(digest)),
      );
      this.#lacking.set(placement, passing.size);
      for (const digest of passing)
        this.#waiting.set(digest, [...(this.#waiting.get(digest) ?? []), placement]);
    }
    const bundles = this.images.filter(({ image }) => image.bundle !== undefined);
    this.#bundles = new Map(bundles.map(bundle => [bundle, new Set(bundlePlacedAs(bundle))]));
    const pairs = this.images.flatMap(placement =>
      placement.image.usedBy.map(user => [user, placement] as const),
    );
    this.#named = new Map(
      [...Map.groupBy(pairs, ([user]) => user)].map(([user, of]) => [
        user,
        of.map(([, placement]) => placement),
      ]),
    );
  }

  /** Those that are pushed here: all but what is attached to others. */
  get images(): readonly Placement[] {
    return this.#options.placements.filter(({ rank }) => rank === 0);
  }

  /** Pushes what needs no layer at all. */
  begin(): void {
    for (const [placement, lacking] of this.#lacking) if (lacking === 0) this.#push(placement);
  }

  /** A layer is in every repository that must have it. */
  passed(digest: Digest): void {
    for (const placement of this.#waiting.get(digest) ?? []) {
      const left = (this.#lacking.get(placement) ?? 0) - 1;
      this.#lacking.set(placement, left);
      if (left === 0) this.#push(placement);
    }
    this.#waiting.delete(digest);
  }

  /** Resolves when everything is pushed. */
  async done(): Promise<void> {
    await Promise.all(this.images.map(placement => this.#pushed.get(placement)?.promise));
    await this.#underWay;
  }

  /** Everything that waits will wait in vain. */
  fail(error: unknown): void {
    for (const { reject } of this.#pushed.values()) reject(error);
  }

  /** Resolves when the images that the objects of a wave name are there, with what belongs to them. */
  async wave(index: number): Promise<void> {
    const nodes = this.#options.waves[index]?.nodes ?? [];
    const needed = new Set(Iterator.from(nodes).flatMap(({ id }) => this.#named.get(showId(id)) ?? []));
    const parts = new Set([...needed].flatMap(placement => [placement, ...this.#partsOf(placement)]));
    const subject = `wave ${index + 1}`;
    const left = [...parts].filter(placement => (this.#lacking.get(placement) ?? 0) > 0).length;
    if (left > 0) this.#options.report({ type: 'waiting', subject, for: 'its images to pass', left });
    await Promise.all([...parts].map(placement => this.#pushed.get(placement)?.promise));
    if (left > 0) this.#options.report({ type: 'waited', subject });
  }

  /** The images of a bundle, in the bundle's repository. */
  #partsOf({ image, target }: Placement): Placement[] {
    if (image.bundle === undefined) return [];
    const at = showRepository(target);
    return this.images.filter(one => one.image.partOf === image.digest && showRepository(one.target) === at);
  }

  /** One after the other: they are small, and layers have the connections. A bundle is finished by its last part. */
  #push(placement: Placement): void {
    const own = this.#pushed.get(placement);
    this.#underWay = this.#underWay.then(async () => {
      try {
        await this.#options.push(placement);
        await this.#finishBundles(placedAs(placement));
        own?.resolve();
      } catch (error) {
        this.fail(error);
      }
    });
  }

  /** One more image is pushed: bundles that lacked nothing else are finished. */
  async #finishBundles(pushed: string): Promise<void> {
    for (const [bundle, lacking] of this.#bundles) {
      if (!lacking.delete(pushed) || lacking.size > 0) continue;
      this.#bundles.delete(bundle);
      await this.#options.finishBundle(bundle);
    }
  }
}
