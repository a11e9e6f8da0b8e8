import type { Digest } from '../base/digest.ts';
import { IMAGE_DEPTH, MANIFEST_BYTES } from '../base/limits.ts';
import { parseDocument } from './document.ts';
import type { Contents } from './head.ts';
import { blobName } from './layout.ts';
import type { Plan, PlannedImage } from './plan.ts';
import { count, digest, list, object, optional, type Shape, text } from './shape.ts';
import { damaged } from './tar-reader.ts';

/** Content that a manifest names (OCI image-spec, descriptor.md). */
interface Named {
  mediaType: string;
  digest: Digest;
  size: number;
  /** Where a foreign layer stands. */
  urls?: string[];
}

/** All that an image is made of, everything once. */
export interface ImageContent {
  /** Children before their parents: the order in which a registry takes them. */
  manifests: (Named & { bytes: Buffer })[];
  /** In the archive's head. */
  configs: (Named & { bytes: Buffer })[];
  /** Among the plan's layers, or in the head, where the same bytes are a config as well. */
  layers: Named[];
  /** Layers that the image names without bringing them along, and that are not in the archive. */
  foreign: Named[];
}

/** What images are looked for in. */
export interface ImageHolder {
  plan: Pick<Plan, 'layers'>;
  blobs: Contents['blobs'];
}

const named = object<Named>({ mediaType: text, digest, size: count, urls: optional(list(text)) });

/** What the sorts of manifest name, by their media types (OCI image-spec, manifest.md, image-index.md). */
const manifestShape = object<{ config: Named; layers: Named[] }>({
  config: named,
  layers: listOrNull(named),
});
const indexShape = object<{ manifests: Named[] }>({ manifests: listOrNull(named) });
/** Of a release candidate of OCI 1.1, with which signatures were made. */
const artifactShape = object<{ blobs?: Named[] }>({ blobs: optional(list(named)) });
const ARTIFACT_TYPE = 'application/vnd.oci.artifact.manifest.v1+json';
const MANIFEST_TYPES = new Set([
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]);
const INDEX_TYPES = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);

/** Layers that are not distributed with their image (OCI image-spec, layer.md#non-distributable-layers). */
const ELSEWHERE = /\.(nondistributable|foreign)\./;

/**
 * Everything that an image's manifest leads to.
 *
 * @throws Failure `damaged`, with the manifest's entry as subject, when something that it names is not in the
 * archive, or not of the size that it states.
 */
export function imageContent(
  contents: ImageHolder,
  image: Pick<PlannedImage, 'digest' | 'mediaType'>,
): ImageContent {
  const walk = new Walk(contents);
  const size = contents.blobs.get(image.digest)?.length ?? 0;
  walk.visit({ digest: image.digest, mediaType: image.mediaType, size }, 'index.json', 0);
  return {
    manifests: [...walk.manifests.values()],
    configs: [...walk.configs.values()],
    layers: [...walk.layers.values()],
    foreign: [...walk.foreign.values()],
  };
}

/** The plans' layers by digest: archives have many images over many layers. */
const layerSizes = new WeakMap<ImageHolder['plan'], ReadonlyMap<Digest, number>>();

function layerSizesOf(plan: ImageHolder['plan']): ReadonlyMap<Digest, number> {
  const sizes = layerSizes.get(plan) ?? new Map(plan.layers.map(layer => [layer.digest, layer.size]));
  layerSizes.set(plan, sizes);
  return sizes;
}

/** Programs in Go write null for a list that has nothing in it. */
function listOrNull<T>(item: Shape<T>): Shape<T[]> {
  return (value, path) => (value === null ? [] : list(item)(value, path));
}

class Walk {
  readonly manifests = new Map<Digest, Named & { bytes: Buffer }>();
  readonly configs = new Map<Digest, Named & { bytes: Buffer }>();
  readonly layers = new Map<Digest, Named>();
  readonly foreign = new Map<Digest, Named>();
  readonly #blobs: Contents['blobs'];
  readonly #layerSizes: ReadonlyMap<Digest, number>;

  constructor({ plan, blobs }: ImageHolder) {
    this.#blobs = blobs;
    this.#layerSizes = layerSizesOf(plan);
  }

  visit(wanted: Named, parent: string, depth: number): void {
    if (this.manifests.has(wanted.digest)) return;
    if (depth > IMAGE_DEPTH) throw damaged(`its indexes are nested more than ${IMAGE_DEPTH} deep`, parent);
    const manifest = { ...wanted, bytes: this.#bytesOf(wanted, parent) };
    const subject = blobName(wanted.digest);
    if (INDEX_TYPES.has(wanted.mediaType)) {
      const { manifests } = parseDocument(manifest.bytes, 'image index', indexShape, subject);
      for (const child of manifests) {
        // Build caches are indexes of layers.
        if (isManifest(child)) this.visit(child, subject, depth + 1);
        else this.#layer(child, subject);
      }
    } else if (MANIFEST_TYPES.has(wanted.mediaType)) {
      const { config, layers } = parseDocument(manifest.bytes, 'image manifest', manifestShape, subject);
      this.#config(config, subject);
      for (const layer of layers) this.#layer(layer, subject);
    } else if (wanted.mediaType === ARTIFACT_TYPE) {
      const { blobs = [] } = parseDocument(manifest.bytes, 'artifact manifest', artifactShape, subject);
      for (const blob of blobs) this.#layer(blob, subject);
    } else {
      throw damaged(
        `it has ${wanted.digest} as ${JSON.stringify(wanted.mediaType)}, which is no manifest`,
        parent,
      );
    }
    this.manifests.set(wanted.digest, manifest);
  }

  #bytesOf(wanted: Named, parent: string): Buffer {
    const bytes = this.#blobs.get(wanted.digest);
    if (bytes === undefined) throw damaged(`it names ${wanted.digest}, which is not in the archive`, parent);
    checkSize(wanted, bytes.length, parent);
    if (bytes.length > MANIFEST_BYTES)
      throw damaged(`it has more than the ${MANIFEST_BYTES} bytes of a manifest`, blobName(wanted.digest));
    return bytes;
  }

  /** Artifacts may have a config of any size, and large ones stand with the layers. */
  #config(config: Named, parent: string): void {
    if (this.#layerSizes.has(config.digest)) this.#layer(config, parent);
    else this.configs.set(config.digest, { ...config, bytes: this.#bytesOf(config, parent) });
  }

  #layer(layer: Named, parent: string): void {
    const size = this.#layerSizes.get(layer.digest) ?? this.#blobs.get(layer.digest)?.length;
    if (size !== undefined) {
      checkSize(layer, size, parent);
      this.layers.set(layer.digest, layer);
    } else if (ELSEWHERE.test(layer.mediaType) || (layer.urls?.length ?? 0) > 0) {
      this.foreign.set(layer.digest, layer);
    } else {
      throw damaged(`it names ${layer.digest}, which is not in the archive`, parent);
    }
  }
}

function isManifest({ mediaType }: Named): boolean {
  return INDEX_TYPES.has(mediaType) || MANIFEST_TYPES.has(mediaType) || mediaType === ARTIFACT_TYPE;
}

function checkSize({ digest, size }: Named, actual: number, parent: string): void {
  if (size !== actual) throw damaged(`it gives ${digest} ${size} bytes, and it has ${actual}`, parent);
}
