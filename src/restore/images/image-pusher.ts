import { forEachLimit } from '../../base/concurrency.ts';
import { reasonOf } from '../../base/errors.ts';
import type { Loss } from '../../base/losses.ts';
import { ContentRefused } from '../../registry/refusal.ts';
import { bundlePlacedAs, type Placement, placedAs } from './placement.ts';
import { type PushOptions, pushImage, pushLocations } from './push-manifests.ts';

/**
 * Puts images into the target's registries, manifests and tags. What a registry will never take, whoever sends it, is
 * lost by name, and the others go on: one signature of a form that a registry does not know must not keep a foundation
 * from coming back. Whatever else goes wrong ends the run.
 */
export class ImagePusher {
  /** What the registries would not take. */
  readonly losses: Loss[] = [];
  readonly #options: PushOptions;
  /** The same as they would be named in the target. */
  readonly #refused = new Set<string>();

  constructor(options: PushOptions) {
    this.#options = options;
  }

  /** All layers of the image are there. */
  async push(placement: Placement): Promise<void> {
    const { image } = placement;
    try {
      await pushImage(placement, this.#options);
      this.#options.report({ type: 'manifest-done', reference: image.reference });
    } catch (error) {
      if (!(error instanceof ContentRefused)) throw error;
      this.#lose(placement, error);
    }
  }

  /** Of a bundle whose images have all been pushed: imgpkg would believe a list of images of which one is not. */
  async finishBundle(placement: Placement): Promise<void> {
    if (bundlePlacedAs(placement).some(name => this.#refused.has(name))) return;
    await pushLocations(placement, this.#options);
  }

  /** All of these, what is attached to an image after it, and bundles finished when all images are there. */
  async pushAll(placements: readonly Placement[]): Promise<void> {
    for (const rank of new Set(placements.map(placement => placement.rank).sort((a, b) => a - b))) {
      const now = placements.filter(placement => placement.rank === rank);
      await forEachLimit(now, this.#options.registries.flow.most, placement => this.push(placement));
    }
    for (const placement of placements) {
      if (placement.image.bundle !== undefined) await this.finishBundle(placement);
    }
  }

  #lose(placement: Placement, error: ContentRefused): void {
    const { image } = placement;
    const hints = error.hints.map(hint => `; ${hint}`).join('');
    const loss: Loss = {
      kind: 'image-refused',
      subject: image.reference,
      reason: `the target's registry does not take it: ${reasonOf(error)}${hints}`,
      usedBy: [...image.usedBy],
    };
    this.losses.push(loss);
    this.#options.report({ type: 'loss', loss });
    this.#refused.add(placedAs(placement));
  }
}
