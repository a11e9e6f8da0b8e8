import type { Digest } from '../base/digest.ts';
import { IMAGE_DEPTH } from '../base/limits.ts';
import { parseDocument } from './document.ts';
import type { Contents } from './head.ts';
import { blobName } from './layout.ts';
import type { PlannedImage } from './plan.ts';
import { count, digest, list, object, text } from './shape.ts';
import { damaged } from './tar-reader.ts';

/** Content that a manifest names (OCI image-spec, descriptor.md). */
export interface Named {
  mediaType: string;
  digest: Digest;
  size: number;
}

/** All that an image is made of, everything once. */
export interface ImageContent {
  /** Children before their parents: the order in which a registry takes them. */
  manifests: (Named & { bytes: Buffer })[];
  /** In the archive's head. */
  configs: (Named & { bytes: Buffer })[];
  /** Among the plan's layers, or in the head, where the same bytes are a config as well. */
  layers: Named[];
}

const named = object<Named>({ mediaType: text, digest, size: count });

/** What the two sorts of manifest name, by their media types (OCI image-spec, manifest.md, image-index.md). */
const manifestShape = object<{ config: Named; layers: Named[] }>({ config: named, layers: list(named) });
const indexShape = object<{ manifests: Named[] }>({ manifests: list(named) });
const MANIFEST_TYPES = new Set([
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]);
const INDEX_TYPES = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);

/** Layers that an image names without bringing them along (OCI image-spec, layer.md#non-distributable-layers). */
const ELSEWHERE = /\.(nondistributable|foreign)\./;

/** Finds what images are made of in an archive. */
export class Images {
  readonly #blobs: Contents['blobs'];
  readonly #layers: ReadonlyMap<Digest, number>;

  constructor({ plan, blobs }: Contents) {
    this.#blobs = blobs;
    this.#layers = new Map(plan.layers.map(layer => [layer.digest, layer.size]));
  }

  /**
   * Everything that an image's manifest leads to.
   *
   * @throws Failure `damaged`, with the manifest's entry as subject, when something that it names is not in the
   * archive, or not of the size that it states.
   */
  contentOf(image: Pick<PlannedImage, 'digest' | 'mediaType'>): ImageContent {
    const found = { manifests: new Map(), configs: new Map(), layers: new Map() };
    this.#walk({ ...image, size: this.#blobs.get(image.digest)?.length ?? 0 }, 'index.json', found, 0);
    return {
      manifests: [...found.manifests.values()],
      configs: [...found.configs.values()],
      layers: [...found.layers.values()],
    };
  }

  #walk(wanted: Named, parent: string, found: Found, depth: number): void {
    if (found.manifests.has(wanted.digest)) return;
    if (depth > IMAGE_DEPTH) throw damaged(`its indexes are nested more than ${IMAGE_DEPTH} deep`, parent);
    const manifest = { ...wanted, bytes: this.#bytesOf(wanted, parent) };
    const subject = blobName(wanted.digest);
    if (INDEX_TYPES.has(wanted.mediaType)) {
      const { manifests } = parseDocument(manifest.bytes, 'image index', indexShape, subject);
      for (const child of manifests) this.#walk(child, subject, found, depth + 1);
    } else if (MANIFEST_TYPES.has(wanted.mediaType)) {
      const { config, layers } = parseDocument(manifest.bytes, 'image manifest', manifestShape, subject);
      found.configs.set(config.digest, { ...config, bytes: this.#bytesOf(config, subject) });
      for (const layer of layers) if (this.#has(layer, subject)) found.layers.set(layer.digest, layer);
    } else {
      throw damaged(
        `it has ${wanted.digest} as ${JSON.stringify(wanted.mediaType)}, which is no manifest`,
        parent,
      );
    }
    found.manifests.set(wanted.digest, manifest);
  }

  #bytesOf(wanted: Named, parent: string): Buffer {
    const bytes = this.#blobs.get(wanted.digest);
    if (bytes === undefined) throw damaged(`it names ${wanted.digest}, which is not in the archive`, parent);
    checkSize(wanted, bytes.length, parent);
    return bytes;
  }

  /** False for a layer that is not distributed with the image, and so not here. */
  #has(layer: Named, parent: string): boolean {
    const size = this.#layers.get(layer.digest) ?? this.#blobs.get(layer.digest)?.length;
    if (size === undefined && ELSEWHERE.test(layer.mediaType)) return false;
    if (size === undefined) throw damaged(`it names ${layer.digest}, which is not in the archive`, parent);
    checkSize(layer, size, parent);
    return true;
  }
}

interface Found {
  manifests: Map<Digest, Named & { bytes: Buffer }>;
  configs: Map<Digest, Named & { bytes: Buffer }>;
  layers: Map<Digest, Named>;
}

function checkSize({ digest, size }: Named, actual: number, parent: string): void {
  if (size !== actual) throw damaged(`it gives ${digest} ${size} bytes, and it has ${actual}`, parent);
}
