import { dump } from 'js-yaml';
import { type Digest, digestOf } from '../base/digest.ts';
import { type Descriptor, MEDIA } from './descriptor.ts';
import { storedGzip, tarOf } from './layer.ts';
import type { Manifest } from './registry.ts';

/** An image to be pushed: its blobs, its manifest, and the tag under which imgpkg looks for it. */
export interface LocationsImage {
  readonly config: { readonly descriptor: Descriptor; readonly bytes: Buffer };
  readonly layer: { readonly descriptor: Descriptor; readonly bytes: Buffer };
  readonly manifest: Manifest;
  readonly tag: string;
}

/** Go's zero time, which imgpkg writes so that equal content has equal digests. */
const CREATED = '0001-01-01T00:00:00Z';

/**
 * The image that tells imgpkg that a bundle's images are in the bundle's own repository (imgpkg, ImageLocations):
 * docker schema 2 with one docker layer, since imgpkg refuses every other form. The same input gives the same bytes.
 * @param images the references of the bundle's lock, as the lock has them
 */
export function locationsImage(
  bundle: Digest,
  images: readonly { readonly image: string; readonly isBundle: boolean }[],
): LocationsImage {
  const tar = tarOf({ 'image-locations.yml': documentOf(images) });
  const layer = blob(storedGzip(tar), MEDIA.dockerLayer);
  const config = blob(Buffer.from(JSON.stringify(configOf(digestOf(tar)))), MEDIA.dockerConfig);
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA.dockerManifest,
      config: config.descriptor,
      layers: [layer.descriptor],
    }),
  );
  const manifest = {
    descriptor: { mediaType: MEDIA.dockerManifest, digest: digestOf(bytes), size: bytes.length },
    bytes,
  };
  return { config, layer, manifest, tag: `${bundle.replace(':', '-')}.image-locations.imgpkg` };
}

function documentOf(images: Parameters<typeof locationsImage>[1]): string {
  const sorted = [...images].sort((a, b) => (a.image < b.image ? -1 : 1));
  const entries = sorted.map(({ image, isBundle }) => ({ image, isBundle }));
  const document = { apiVersion: 'imgpkg.carvel.dev/v1alpha1', kind: 'ImageLocations', images: entries };
  return `---\n${dump(document, { lineWidth: -1 })}`;
}

function configOf(diffId: Digest): object {
  return {
    architecture: '',
    created: CREATED,
    history: [{ author: 'kubectl-asa-backup', created: CREATED, created_by: 'image-locations.yml' }],
    os: '',
    rootfs: { type: 'layers', diff_ids: [diffId] },
    config: {},
  };
}

function blob(bytes: Buffer, mediaType: string): { descriptor: Descriptor; bytes: Buffer } {
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}
