import { type Digest, digestOf } from '../../base/digest.ts';
import { MEDIA } from '../../registry/descriptor.ts';
import { diffIdOf, layerOf } from './layer.ts';
import { storeManifest } from './manifests.ts';
import type { Store } from './store.ts';

/** An image to be put into the registry. */
interface SeedImage {
  /** Blobs as they are; {@link syntheticLayer} makes believable ones. */
  readonly layers: readonly Buffer[];
  readonly labels?: Readonly<Record<string, string>>;
  /** More fields of the image's configuration, e.g. `config: {Entrypoint: […]}`. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly tag?: string;
}

/** A bundle of imgpkg: files, and the images that its lock names. */
interface SeedBundle {
  readonly tag?: string;
  /** References with digests; the text is what kbld replaces in the files (`kbld.carvel.dev/id`). */
  readonly images: readonly { readonly image: string; readonly id?: string }[];
  /** Paths and contents beside `.imgpkg/images.yml`. */
  readonly files?: Readonly<Record<string, string>>;
}

/** What was put: its digest, and its reference by that digest. */
interface Seeded {
  readonly digest: Digest;
  readonly size: number;
  readonly mediaType: string;
  readonly reference: string;
}

/** Ways to fill a registry without HTTP, and to look into it. */
export interface Seeds extends Contents {
  pushBlob(path: string, bytes: Buffer): Digest;
  pushImage(path: string, image: SeedImage): Seeded;
  /** An index of manifests that are in the repository already. */
  pushIndex(path: string, manifests: readonly Seeded[], tag?: string): Seeded;
  pushBundle(path: string, bundle: SeedBundle): Seeded;
  /** Any manifest, its JSON as it is given. */
  pushManifest(path: string, json: object, mediaType: string, tag?: string): Seeded;
  deleteManifest(path: string, digest: Digest): void;
  deleteBlob(path: string, digest: Digest): void;
}

/** What is in a registry, read without HTTP. */
interface Contents {
  /** Whether the repository has a manifest (by tag or digest) or a blob. */
  has(path: string, reference: string): boolean;
  manifest(path: string, reference: string): Buffer | undefined;
  blob(path: string, digest: Digest): Buffer | undefined;
  repositories(): string[];
  tags(path: string): string[];
}

export function seeds(store: Store, host: string): Seeds {
  function pushManifest(path: string, json: object, mediaType: string, tag?: string): Seeded {
    const bytes = Buffer.from(JSON.stringify(json));
    const digest = storeManifest(store, path, { mediaType, bytes }, digestOf(bytes), tag);
    return { digest, size: bytes.length, mediaType, reference: `${host}/${path}@${digest}` };
  }

  function blobDescriptor(path: string, bytes: Buffer, mediaType: string) {
    return { mediaType, size: bytes.length, digest: store.addBlob(path, bytes) };
  }

  function pushImage(path: string, { layers, labels, config, tag }: SeedImage): Seeded {
    const json = configOf(layers, labels, config);
    const manifest = {
      schemaVersion: 2,
      mediaType: MEDIA.dockerManifest,
      config: blobDescriptor(path, Buffer.from(JSON.stringify(json)), MEDIA.dockerConfig),
      layers: layers.map(layer => blobDescriptor(path, layer, MEDIA.dockerLayer)),
    };
    return pushManifest(path, manifest, MEDIA.dockerManifest, tag);
  }

  return {
    pushBlob: (path, bytes) => store.addBlob(path, bytes),
    pushImage,
    pushManifest,
    pushIndex(path, manifests, tag) {
      const children = manifests.map(({ digest, size, mediaType }) => ({ mediaType, digest, size }));
      const index = { schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests: children };
      return pushManifest(path, index, MEDIA.ociIndex, tag);
    },
    pushBundle(path, { tag, images, files = {} }) {
      const layer = layerOf({ '.imgpkg/images.yml': lockOf(images), ...files });
      const labels = { 'dev.carvel.imgpkg.bundle': 'true' };
      return pushImage(path, { layers: [layer], labels, ...(tag === undefined ? {} : { tag }) });
    },
    deleteManifest(path, digest) {
      const { manifests, tags } = store.repository(path);
      manifests.delete(digest);
      for (const [tag, tagged] of tags) if (tagged === digest) tags.delete(tag);
    },
    deleteBlob: (path, digest) => void store.repository(path).blobs.delete(digest),
    ...contentsOf(store),
  };
}

function contentsOf(store: Store): Contents {
  return {
    has: (path, reference) =>
      store.manifest(path, reference) !== undefined ||
      store.blobSize(path, reference as Digest) !== undefined,
    manifest: (path, reference) => store.manifest(path, reference)?.manifest.bytes,
    blob: (path, digest) => store.blob(path, digest),
    repositories: () => [...store.repositories.keys()].sort(),
    tags: path => [...(store.repositories.get(path)?.tags.keys() ?? [])].sort(),
  };
}

function configOf(
  layers: readonly Buffer[],
  labels = {},
  config: Readonly<Record<string, unknown>> = {},
): object {
  return {
    architecture: 'amd64',
    os: 'linux',
    ...config,
    config: {
      ...(config.config as object | undefined),
      ...(Object.keys(labels).length > 0 && { Labels: labels }),
    },
    rootfs: { type: 'layers', diff_ids: layers.map(diffIdOf) },
  };
}

function lockOf(images: SeedBundle['images']): string {
  const entries = images.map(({ image, id }) => {
    const annotations = id === undefined ? '' : `\n  annotations:\n    kbld.carvel.dev/id: ${id}`;
    return `\n- image: ${image}${annotations}`;
  });
  const list = entries.length === 0 ? ' []' : entries.join('');
  return `---\napiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\nimages:${list}\n`;
}
