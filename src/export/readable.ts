import { imageContent } from '../archive/images.ts';
import type { Digest } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import type { Attached, ResolvedContent, WholeImage } from '../registry/resolved.ts';

/**
 * Sees to it that whoever reads the archive will understand each image in it. Images are anybody's, registries look at
 * little of what manifests say, and one manifest that a reader stumbles over would make all of the archive damaged. So
 * each image is read here as it will be there, and by the same code; what is not understood is lost, by name, and
 * the rest goes on.
 */
export class ReadableImages {
  /** Bytes of every blob: two images may not say different things of one. */
  readonly #sizes = new Map<Digest, number>();
  readonly #checked = new Map<ResolvedContent, string | undefined>();

  /**
   * The image with those images of its bundle, and of what is attached to it, that can be read; others are missing there.
   * @throws Failure `registry-error` when it cannot be read itself
   */
  take(image: WholeImage): WholeImage {
    const reason = this.#wrongIn(image);
    if (reason !== undefined) throw new Failure('registry-error', reason, { subject: image.text });
    return { ...image, ...this.#members(image), attached: this.#attached(image.attached) };
  }

  /** The bundle of an image, if it is one. */
  #members({ bundle }: ResolvedContent): Pick<ResolvedContent, 'bundle'> {
    if (bundle === undefined) return {};
    const images: (typeof bundle.images)[number][] = [];
    const missing = [...bundle.missing];
    for (const member of bundle.images) {
      const reason = this.#wrongIn(member.image);
      if (reason !== undefined) missing.push({ locked: member.locked, reason });
      else images.push({ ...member, image: { ...member.image, ...this.#members(member.image) } });
    }
    return { bundle: { ...bundle, images, missing } };
  }

  #attached({ found, lacking }: WholeImage['attached']): WholeImage['attached'] {
    const kept: Attached[] = [];
    const lost = [...lacking];
    const unreadable = new Set<Digest>();
    for (const attached of found) {
      const { content, subject } = attached;
      const reason = unreadable.has(subject) ? 'what it is attached to is lost' : this.#wrongIn(content);
      if (reason === undefined) kept.push(attached);
      else {
        lost.push({ what: nameOf(content), reason, isMissing: false });
        for (const { descriptor } of content.manifests) unreadable.add(descriptor.digest);
      }
    }
    return { found: kept, lacking: lost };
  }

  /** Why an image cannot be read, or nothing: looked for once however often it is met. */
  #wrongIn(image: ResolvedContent): string | undefined {
    if (!this.#checked.has(image)) this.#checked.set(image, this.#check(image));
    return this.#checked.get(image);
  }

  #check({ root, manifests, configs, layers }: ResolvedContent): string | undefined {
    const blobs = new Map(
      [...configs, ...manifests].map(({ descriptor, bytes }) => [descriptor.digest, bytes] as const),
    );
    const plan = { layers: layers.map(({ digest, size }) => ({ digest, size, repositories: [] })) };
    const sizes = new Map([
      ...layers.map(({ digest, size }) => [digest, size] as const),
      ...[...blobs].map(([digest, { length }]) => [digest, length] as const),
    ]);
    try {
      const content = imageContent({ plan, blobs }, root);
      const read = [...content.manifests, ...content.configs, ...content.layers];
      const named = new Set(read.map(({ digest }) => digest));
      for (const [digest, size] of sizes) {
        if (!named.has(digest)) return unreadable(`nothing of its kind names ${digest}`);
        const known = this.#sizes.get(digest) ?? size;
        if (known !== size) return unreadable(`it gives ${digest} ${size} bytes, and another image ${known}`);
      }
    } catch (error) {
      if (error instanceof Failure && error.code === 'damaged') return unreadable(error.message);
      throw error;
    }
    for (const [digest, size] of sizes) this.#sizes.set(digest, size);
    return undefined;
  }
}

function unreadable(reason: string): string {
  return `its manifest is not as it has to be: ${reason}`;
}

function nameOf({ repository: { registry, path }, root }: ResolvedContent): string {
  return `${registry}/${path}@${root.digest}`;
}
