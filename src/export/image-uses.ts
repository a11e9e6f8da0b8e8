import { idOf, type KubeObject, showId } from '../base/object.ts';
import type { KindDescriptor } from '../foundation/descriptor.ts';
import { imagesOf } from '../foundation/images.ts';

/** An image reference as resources state it, and who does. */
export interface ImageUse {
  readonly text: string;
  readonly usedBy: readonly string[];
  /** What a controller says the tag stood for when it last ran; the image is taken at this digest. */
  readonly digest?: string;
}

interface Gathered {
  readonly usedBy: string[];
  digest?: string;
  /** The earliest place in the catalog of a kind that names it: images that are needed first travel first. */
  rank: number;
}

/** Gathers image references from kept objects, each text once. */
export class ImageUses {
  readonly #uses = new Map<string, Gathered>();

  add(descriptor: KindDescriptor, rank: number, object: KubeObject): void {
    for (const image of imagesOf(descriptor, object)) {
      this.#merge(image.text, { usedBy: [showId(idOf(object))], rank }, image.digest);
    }
  }

  addAll(other: ImageUses): void {
    for (const [text, use] of other.#uses) this.#merge(text, use, use.digest);
  }

  #merge(text: string, found: { usedBy: string[]; rank: number }, digest: string | undefined): void {
    const use = this.#uses.get(text) ?? { usedBy: [], rank: found.rank };
    this.#uses.set(text, use);
    use.usedBy.push(...found.usedBy);
    use.rank = Math.min(use.rank, found.rank);
    if (digest !== undefined) use.digest = digest;
  }

  /** In the order in which a restore needs them; equal foundations give equal orders. */
  inOrder(): ImageUse[] {
    return [...this.#uses]
      .sort(([textA, a], [textB, b]) => a.rank - b.rank || (textA < textB ? -1 : 1))
      .map(([text, { usedBy, digest }]) => ({ text, usedBy: usedBy.sort(), ...(digest && { digest }) }));
  }
}
