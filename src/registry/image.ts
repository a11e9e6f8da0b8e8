import { mapLimit } from '../base/concurrency.ts';
import { type Digest, isDigest } from '../base/digest.ts';
import { Failure, reasonOf } from '../base/errors.ts';
import {
  BUNDLE_IMAGES,
  BUNDLE_LAYER_BYTES,
  BUNDLE_LAYERS_HELD,
  IMAGE_DEPTH,
  MANIFEST_BYTES,
} from '../base/limits.ts';
import { AttachedFinder } from './attached.ts';
import { isBundleConfig, placesOf, readLock } from './bundle.ts';
import type { Descriptor } from './descriptor.ts';
import { Gate } from './gate.ts';
import { type ManifestContent, readManifest } from './image-manifest.ts';
import { type HeldBytes, Parts } from './image-parts.ts';
import { once } from './once.ts';
import { type Reference, type Repository, repositoryOf, showReference } from './reference.ts';
import type { Manifest, Registries } from './registry.ts';
import type { AttachedSet, ResolvedBundle, ResolvedContent, ResolvedImage, WholeImage } from './resolved.ts';

/**
 * Resolves a reference; the text is what people know it by. Of a bundle's lock all images are wanted, or only those of
 * some digests.
 */
export type Resolver = (
  reference: Reference,
  text?: string,
  only?: ReadonlySet<Digest>,
) => Promise<WholeImage>;

/** What of images is looked for. */
export interface ResolveOptions {
  /** Whether to look for what is attached to images. */
  readonly attached?: boolean;
  /** Whether foreign layers are wanted, and not only their urls. */
  readonly foreignLayers?: boolean;
  /** Layers that need not be asked for, since they are at hand. */
  readonly held?: ((layer: Descriptor) => boolean) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds out what images consist of, each content once however often it is asked for:
 * ```
 * manifest → an index: its manifests likewise, all platforms
 *          → an image: its config is read, its layers are asked for with HEAD, small ones fetched at once (ahead.ts)
 *          → a bundle: the images of its lock likewise, in the bundle's repository first, then where the lock says
 *          → each manifest of these: what is attached to it likewise (attached.ts)
 * ```
 * A resolver throws the registries' failures; `registry-missing` names the image and what it lacks.
 */
export function createResolver(registries: Registries, options: ResolveOptions = {}): Resolver {
  const resolution = new Resolution(registries, options);
  return async (reference, text = showReference(reference), only) => {
    const image = { ...(await resolution.resolve(reference, 0, only)), reference, text };
    const attached = options.attached ? await resolution.attached(image) : { found: [], lacking: [] };
    return { ...image, attached };
  };
}

class Resolution {
  readonly #registries: Registries;
  readonly #signal: AbortSignal | undefined;
  readonly #foreignLayers: boolean;
  readonly #isHeld: (layer: Descriptor) => boolean;
  /** What manifests and configs take. */
  readonly #held: HeldBytes = { bytes: 0 };
  readonly #finder: AttachedFinder;
  readonly #gate: Gate;
  /** Layers that locks are looked for in. */
  readonly #locks = new Gate(BUNDLE_LAYERS_HELD);
  readonly #manifests = new Map<string, Promise<Manifest>>();
  readonly #contents = new Map<string, Promise<ResolvedContent>>();
  readonly #blobs = new Map<string, Promise<boolean>>();
  /** Registries without a connection: the next image of such a one need not wait for that again. */
  readonly #unreachable = new Map<string, Failure>();

  constructor(registries: Registries, { foreignLayers = false, held = () => false, signal }: ResolveOptions) {
    this.#registries = registries;
    this.#gate = new Gate(registries.flow.most);
    this.#foreignLayers = foreignLayers;
    this.#isHeld = held;
    this.#signal = signal;
    this.#finder = new AttachedFinder({
      ...{ registries, gate: this.#gate, signal },
      manifest: reference => this.#manifest(reference),
      resolve: reference => this.resolve(reference, 0),
    });
  }

  async resolve(reference: Reference, depth: number, only?: ReadonlySet<Digest>): Promise<ResolvedContent> {
    const manifest = await this.#manifest(reference);
    const repository = repositoryOf(reference);
    const key = showReference({ ...repository, digest: manifest.descriptor.digest });
    return once(this.#contents, only === undefined ? key : `some of ${key}`, () =>
      this.#content(manifest, repository, key, depth, only),
    );
  }

  /** Looked for when the image is complete: a tag may lead from an artifact back to what it is attached to. */
  attached(image: ResolvedContent): Promise<AttachedSet> {
    return this.#finder.find([image, ...membersOf(image)]);
  }

  #manifest(reference: Reference): Promise<Manifest> {
    const { registry } = reference;
    return once(this.#manifests, showReference(reference), () =>
      this.#gate.run(async () => {
        const known = this.#unreachable.get(registry);
        if (known !== undefined) throw known;
        try {
          return await this.#registries.manifest(reference, this.#signal);
        } catch (error) {
          if (error instanceof Failure && error.code === 'not-connected')
            this.#unreachable.set(registry, error);
          throw error;
        }
      }),
    );
  }

  async #content(
    root: Manifest,
    repository: Repository,
    name: string,
    depth: number,
    only: ReadonlySet<Digest> | undefined,
  ): Promise<ResolvedContent> {
    const parts = new Parts(name, this.#held);
    parts.hold(root.bytes);
    const top = await this.#gather(root, repository, name, depth, parts);
    const config = parts.configs.find(({ descriptor }) => descriptor.digest === top.config?.digest);
    const wanted = parts.layers.filter(({ digest }) => !parts.hasConfig(digest));
    const failures = await Promise.all(wanted.map(layer => this.#checkBlob(layer, repository, name)));
    const content = {
      root: root.descriptor,
      repository,
      manifests: parts.manifests,
      configs: parts.configs,
      layers: wanted.filter((_, index) => failures[index] === undefined),
      unavailable: wanted.flatMap(({ digest }, index) => {
        const failure = failures[index];
        return failure === undefined ? [] : [{ digest, reason: reasonOf(failure) }];
      }),
    };
    const [layer, ...more] = top.layers;
    // Only an image of one layer is a bundle for imgpkg.
    const labelled = config !== undefined && isBundleConfig(config.bytes);
    if (!labelled || layer === undefined || more.length > 0) return content;
    const bundle = await this.#bundle(layer, repository, name, depth + 1, only);
    return bundle === undefined ? content : { ...content, bundle };
  }

  /** Takes a manifest and everything below it into the parts. */
  async #gather(
    manifest: Manifest,
    repository: Repository,
    name: string,
    depth: number,
    parts: Parts,
  ): Promise<ManifestContent> {
    if (depth > IMAGE_DEPTH) {
      throw new Failure('registry-error', `more than ${IMAGE_DEPTH} indexes or bundles within each other`, {
        subject: name,
      });
    }
    const content = readManifest(manifest.bytes, name);
    const named = [...new Set(content.manifests.map(({ digest }) => digest))];
    const children = await mapLimit(named, this.#registries.flow.most, async digest => {
      const child = await this.#manifest({ ...repository, digest }).catch(error => {
        throw lacking(error, `manifest ${digest}`, name);
      });
      if (!parts.hasManifest(digest)) parts.hold(child.bytes);
      return child;
    });
    for (const child of children) {
      // Indexes that name each other many times over would never be done with.
      if (parts.hasManifest(child.descriptor.digest)) continue;
      await this.#gather(child, repository, name, depth + 1, parts);
    }
    if (content.config !== undefined) await this.#config(content.config, content, repository, name, parts);
    const layers = this.#foreignLayers ? [...content.layers, ...content.foreign] : content.layers;
    for (const layer of layers) parts.addLayer(layer, content.inline.get(layer.digest));
    parts.addManifest(manifest);
    return content;
  }

  async #config(
    descriptor: Descriptor,
    { inline }: ManifestContent,
    repository: Repository,
    name: string,
    parts: Parts,
  ): Promise<void> {
    // Some artifacts keep large content as their config.
    if (descriptor.size > MANIFEST_BYTES) return parts.addLayer(descriptor, undefined);
    const read = () =>
      this.#gate.run(() => this.#registries.smallBlob(repository, descriptor, MANIFEST_BYTES, this.#signal));
    if (parts.hasConfig(descriptor.digest)) return;
    const bytes =
      inline.get(descriptor.digest) ??
      (await read().catch(error => {
        throw lacking(error, `config ${descriptor.digest}`, name);
      }));
    parts.hold(bytes);
    parts.addConfig(descriptor, bytes);
  }

  /** Throws for a layer that is not there; of a foreign one, which its image can do without, it returns why. */
  async #checkBlob(layer: Descriptor, repository: Repository, name: string): Promise<Failure | undefined> {
    const { digest, urls = [] } = layer;
    if (this.#isHeld(layer)) return undefined;
    const held = await once(this.#blobs, `${showReference({ ...repository, digest })} ${layer.size}`, () =>
      this.#gate.run(() => this.#registries.findBlob(repository, layer, this.#signal)),
    );
    if (held) return undefined;
    if (urls.length > 0) {
      return this.#gate.run(() => this.#registries.hasForeign(repository, layer, this.#signal));
    }
    throw new Failure('registry-missing', `the registry has no layer ${digest} of it`, { subject: name });
  }

  async #bundle(
    layer: Descriptor,
    repository: Repository,
    name: string,
    depth: number,
    only: ReadonlySet<Digest> | undefined,
  ): Promise<ResolvedBundle | undefined> {
    const lock = await this.#locks.run(async () => {
      const bytes = await this.#gate.run(() =>
        this.#registries.smallBlob(repository, layer, BUNDLE_LAYER_BYTES, this.#signal),
      );
      return readLock(bytes, name);
    });
    if (lock === undefined) return undefined;
    const images: { locked: string; isBundle: boolean; image: ResolvedImage }[] = [];
    const missing: { locked: string; reason: string }[] = [];
    const all = [...new Set(lock)];
    checkImages(all.length, name);
    const wanted = all.filter(locked => only === undefined || isAmong(locked, only));
    const found = await Promise.all(wanted.map(locked => this.#locked(locked, repository, depth)));
    for (const { locked, image, reason } of found) {
      if (image === undefined) missing.push({ locked, reason });
      else images.push({ locked, isBundle: image.bundle !== undefined, image });
    }
    const count = images.reduce((sum, { image }) => sum + 1 + (image.bundle?.count ?? 0), 0);
    checkImages(count, name);
    const among = new Set(wanted);
    return { images, missing, count, leftOut: all.filter(locked => !among.has(locked)) };
  }

  /** An image of a lock; one that cannot be had does not take the bundle with it. */
  async #locked(
    locked: string,
    bundle: Repository,
    depth: number,
  ): Promise<{ locked: string; image?: ResolvedImage; reason: string }> {
    let reason = 'the lock names it without a digest';
    for (const reference of placesOf(locked, bundle)) {
      try {
        const content = await this.resolve(reference, depth);
        return { locked, image: { ...content, reference, text: locked }, reason: '' };
      } catch (error) {
        // What is wrong with this machine's configuration is wrong with the whole run.
        if (this.#signal?.aborted || !(error instanceof Failure) || error.code === 'usage') throw error;
        reason = reasonOf(error);
      }
    }
    return { locked, reason };
  }
}

function checkImages(count: number, subject: string): void {
  if (count <= BUNDLE_IMAGES) return;
  throw new Failure('registry-error', `the bundle has more than ${BUNDLE_IMAGES} images`, { subject });
}

function isAmong(locked: string, digests: ReadonlySet<Digest>): boolean {
  const digest = locked.slice(locked.indexOf('@') + 1);
  return isDigest(digest) && digests.has(digest);
}

/** The images of a bundle's lock, of bundles in it too. */
function membersOf({ bundle }: ResolvedContent): ResolvedImage[] {
  return (bundle?.images ?? []).flatMap(({ image }) => [image, ...membersOf(image)]);
}

/** A 404 in words that name the image too; any other error as it is. */
function lacking(error: unknown, what: string, name: string): unknown {
  if (!(error instanceof Failure) || error.code !== 'registry-missing') return error;
  return new Failure('registry-missing', `the registry has no ${what} of it`, {
    subject: name,
    cause: error,
  });
}
