import type { PlannedImage, PlannedLayer } from '../archive/plan.ts';
import { forEachLimit } from '../base/concurrency.ts';
import type { Digest } from '../base/digest.ts';
import { Failure, reasonOf } from '../base/errors.ts';
import type { Loss } from '../base/losses.ts';
import type { Report } from '../progress/events.ts';
import type { Descriptor } from '../registry/descriptor.ts';
import { createResolver, type ResolveOptions } from '../registry/image.ts';
import { parseReference, type Reference, showReference, showRepository } from '../registry/reference.ts';
import type { BlobSource, Registries } from '../registry/registry.ts';
import type {
  Attached,
  ResolvedBundle,
  ResolvedContent,
  ResolvedImage,
  WholeImage,
} from '../registry/resolved.ts';
import { explainMissing } from './gone-since.ts';
import type { ImageUse } from './image-uses.ts';
import { ReadableImages } from './readable.ts';

/** A small blob that stands before the layers: a manifest, an index, a config. */
interface SmallBlob {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/** The content of all images, each blob once, and where each layer can be fetched. */
export interface ImageSet {
  readonly images: readonly PlannedImage[];
  readonly small: readonly SmallBlob[];
  readonly layers: readonly PlannedLayer[];
  /** As `layers`, with the places to fetch from. */
  readonly sources: readonly BlobSource[];
  readonly losses: readonly Loss[];
  /** What may help to get what is lost, each once. */
  readonly hints: readonly string[];
}

/**
 * Reads every manifest of every image. An image that is not there, or that no reader of the archive would understand, is a
 * loss, and the others go on. Of package
 * repositories only the `installed` images are taken, where these are given. `changed` names the objects that have changed
 * since they were listed.
 */
export async function planImages(
  uses: readonly ImageUse[],
  registries: Registries,
  report: Report,
  options: ResolveOptions & {
    readonly installed?: ReadonlySet<Digest> | undefined;
    readonly changed?: () => Promise<readonly string[]>;
  },
): Promise<ImageSet> {
  const { signal } = options;
  const resolver = createResolver(registries, options);
  const found = new Map<ImageUse, WholeImage>();
  const losses = new Map<ImageUse, Loss>();
  const hints = new Set<string>();
  const lost = (use: ImageUse, error: unknown) => {
    losses.set(use, lossOf(use, error, signal));
    for (const hint of (error as Failure).hints) hints.add(hint);
  };
  await forEachLimit(uses, registries.flow.most, async use => {
    try {
      found.set(use, await resolver(referenceOf(use), undefined, wantedOf(use, options.installed)));
    } catch (error) {
      lost(use, error);
    }
    report({ type: 'resolved', reference: use.text, of: uses.length });
  });
  const contents = new Map([...found].map(([{ text }, { root }]) => [text, root.digest]));
  const set = new ImageSetBuilder(contents);
  const readable = new ReadableImages();
  for (const use of uses) {
    const image = found.get(use);
    try {
      if (image !== undefined) set.add(use, readable.take(image));
    } catch (error) {
      lost(use, error);
    }
    const loss = losses.get(use);
    if (loss !== undefined) set.lose(loss);
  }
  const result = set.result();
  const { changed } = options;
  const told = changed === undefined ? result.losses : await explainMissing(result.losses, changed);
  for (const loss of told) report({ type: 'loss', loss });
  return { ...result, losses: told, hints: [...hints].slice(0, HINTS_TOLD) };
}

/** What may help is the same for all images of a registry, and is told once. */
const HINTS_TOLD = 10;

/**
 * A tag may have moved since the controller read it; what it read is what runs.
 * @throws Failure `registry-error` where no reference stands
 */
function referenceOf({ text, digest }: ImageUse): Reference {
  try {
    if (digest === undefined || text.includes('@')) return parseReference(text);
    return parseReference(`${showRepository(parseReference(text))}@${digest}`);
  } catch (error) {
    throw new Failure('registry-error', reasonOf(error), { subject: text, cause: error });
  }
}

/** All of a bundle that somebody fetches for something else than to offer its packages. */
function wantedOf(
  { usedBy }: ImageUse,
  installed: ReadonlySet<Digest> | undefined,
): ReadonlySet<Digest> | undefined {
  return usedBy.every(user => user.startsWith('PackageRepository ')) ? installed : undefined;
}

/** @throws what is no failure of the image: an interrupt, or this machine's configuration, by which others would be lost too */
function lossOf(use: ImageUse, error: unknown, signal: AbortSignal | undefined): Loss {
  if (signal?.aborted || !(error instanceof Failure) || error.code === 'usage') throw error;
  const kind = error.code === 'registry-missing' ? 'image-missing' : 'image-unreadable';
  return { kind, subject: use.text, reason: reasonOf(error), usedBy: [...use.usedBy] };
}

class ImageSetBuilder {
  /** By what is lost, since images share what is attached to them. */
  readonly #losses = new Map<string, Loss>();
  readonly #attached = new Set<string>();
  /** What the references in resources stand for. */
  readonly #contents: ReadonlyMap<string, Digest>;
  readonly #images: PlannedImage[] = [];
  readonly #small = new Map<Digest, SmallBlob>();
  readonly #layers = new Map<
    Digest,
    { descriptor: Descriptor; at: Map<string, BlobSource['repositories'][number]> }
  >();

  constructor(contents: ReadonlyMap<string, Digest>) {
    this.#contents = contents;
  }

  add(use: ImageUse, image: WholeImage): void {
    this.#add(use.text, use.usedBy, image, undefined);
    for (const attached of image.attached.found) this.#attach(attached, use.text);
    for (const { what, reason, isMissing } of image.attached.lacking) {
      const kind = isMissing ? 'image-missing' : 'image-unreadable';
      this.lose({ kind, subject: what, reason, usedBy: [use.text] });
    }
  }

  lose(loss: Loss): void {
    const known = this.#losses.get(loss.subject);
    if (known === undefined) this.#losses.set(loss.subject, loss);
    else known.usedBy = [...new Set([...(known.usedBy ?? []), ...(loss.usedBy ?? [])])];
  }

  /** Once, however many references lead to the image that it belongs to. */
  #attach({ subject, tag, content }: Attached, text: string): void {
    const { repository, root } = content;
    const digest = root.digest;
    const byTag = showReference({ ...repository, ...(tag === undefined ? { digest } : { tag }) });
    // A resource may name the same tag, for what it stood for at another time.
    const isOther = (this.#contents.get(byTag) ?? digest) !== digest;
    const reference = isOther ? showReference({ ...repository, digest }) : byTag;
    if (this.#attached.has(reference)) return;
    this.#attached.add(reference);
    this.#images.push({
      reference,
      repository: showRepository(repository),
      digest,
      mediaType: root.mediaType,
      size: this.#addContent(content, reference),
      usedBy: [text],
      attachedTo: subject,
      ...(tag !== undefined && { tag }),
    });
  }

  #add(text: string, usedBy: readonly string[], image: ResolvedImage, partOf: Digest | undefined): void {
    this.#images.push({
      reference: text,
      repository: showRepository(image.repository),
      digest: image.root.digest,
      mediaType: image.root.mediaType,
      size: this.#addContent(image, text),
      usedBy: [...usedBy],
      ...(image.bundle && { bundle: bundleOf(image.bundle) }),
      ...(partOf && { partOf }),
    });
    // Locked images follow their bundle; a bundle within a bundle belongs to the outermost one's repository too.
    for (const { locked, image: member } of image.bundle?.images ?? []) {
      this.#add(locked, [text], member, partOf ?? image.root.digest);
    }
    for (const { locked, reason } of image.bundle?.missing ?? []) {
      this.lose({ kind: 'image-missing', subject: locked, reason, usedBy: [text] });
    }
  }

  /** Takes an image's blobs in; returns their bytes. */
  #addContent(image: ResolvedContent, text: string): number {
    const repository = showRepository(image.repository);
    let size = 0;
    const small = [
      ...image.configs,
      ...image.manifests.map(({ descriptor, bytes }) => ({ descriptor, bytes })),
    ];
    for (const blob of small) {
      this.#small.set(blob.descriptor.digest, blob);
      size += blob.bytes.length;
    }
    for (const descriptor of image.layers) {
      const layer = this.#layers.get(descriptor.digest) ?? { descriptor, at: new Map() };
      this.#layers.set(descriptor.digest, layer);
      layer.at.set(repository, image.repository);
      size += descriptor.size;
    }
    for (const { digest, reason } of image.unavailable) {
      this.lose({ kind: 'image-missing', subject: `foreign layer ${digest}`, reason, usedBy: [text] });
    }
    return size;
  }

  result(): Omit<ImageSet, 'hints'> {
    // The empty blob of an artifact can be a config here and a layer there; it stands with the configs then.
    const layers = [...this.#layers.values()].filter(({ descriptor }) => !this.#small.has(descriptor.digest));
    return {
      images: this.#images,
      small: [...this.#small.values()],
      layers: layers.map(({ descriptor: { digest, size }, at }) => ({
        digest,
        size,
        repositories: [...at.keys()].sort(),
      })),
      sources: layers.map(({ descriptor, at }) => ({ descriptor, repositories: [...at.values()] })),
      losses: [...this.#losses.values()],
    };
  }
}

function bundleOf({ images, leftOut }: ResolvedBundle): NonNullable<PlannedImage['bundle']> {
  return { images: images.map(bundled), ...(leftOut.length > 0 && { leftOut: [...leftOut] }) };
}

function bundled(member: { locked: string; isBundle: boolean; image: ResolvedImage }) {
  return { locked: member.locked, digest: member.image.root.digest, isBundle: member.isBundle };
}
