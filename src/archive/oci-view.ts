import { type Digest, digestOf } from '../base/digest.ts';
import { IMAGE_DEPTH } from '../base/limits.ts';
import type { Contents } from './head.ts';
import { parseJson } from './json.ts';
import type { ArchiveDescriptor } from './oci-layout.ts';

/** What is now called so in OCI's words (OCI image-spec, media-types.md#compatibility-matrix). */
const MANIFEST_TYPES: Readonly<Record<string, string>> = {
  'application/vnd.docker.distribution.manifest.v2+json': 'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json': 'application/vnd.oci.image.index.v1+json',
};
const BLOB_TYPES: Readonly<Record<string, string>> = {
  'application/vnd.docker.container.image.v1+json': 'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.image.rootfs.diff.tar': 'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.docker.image.rootfs.diff.tar.gzip': 'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip':
    'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
};

/** A manifest in OCI's words over the same config and layers. */
export interface OciView {
  readonly descriptor: ArchiveDescriptor;
  readonly bytes: Buffer;
}

/**
 * Views of the images that are in Docker's words: skopeo passes over those in an OCI layout. A view is an aid for
 * reading an archive with other tools and nothing besides: restores push the manifests as they were, so that digests
 * hold. It follows from the manifest alone, so writer and reader come to the same bytes.
 *
 * @returns by the digest of the image's own manifest; none for images in OCI's words, or that are not to be understood.
 */
export function ociViews({ plan, blobs }: Contents): Map<Digest, OciView> {
  const views = new Map<Digest, OciView>();
  for (const { digest, mediaType } of plan.images) view({ digest, mediaType }, blobs, views, 0);
  return views;
}

/** Views of a manifest's children come first. */
function view(
  { digest, mediaType }: Pick<ArchiveDescriptor, 'digest' | 'mediaType'>,
  blobs: Contents['blobs'],
  views: Map<Digest, OciView>,
  depth: number,
): ArchiveDescriptor | undefined {
  const known = views.get(digest);
  if (known !== undefined) return known.descriptor;
  const ociType = MANIFEST_TYPES[mediaType];
  const manifest = depth > IMAGE_DEPTH ? undefined : parse(blobs.get(digest));
  if (ociType === undefined || manifest === undefined) return undefined;
  const inOci = (value: unknown): unknown => {
    if (!isDescriptor(value)) return value;
    const child = view(value, blobs, views, depth + 1);
    if (child !== undefined) return { ...value, ...child };
    return { ...value, mediaType: BLOB_TYPES[value.mediaType] ?? value.mediaType };
  };
  const { config, layers, manifests } = manifest;
  const bytes = Buffer.from(
    JSON.stringify({
      ...manifest,
      mediaType: ociType,
      ...(config !== undefined && { config: inOci(config) }),
      ...(Array.isArray(layers) && { layers: layers.map(inOci) }),
      ...(Array.isArray(manifests) && { manifests: manifests.map(inOci) }),
    }),
  );
  const descriptor = { mediaType: ociType, digest: digestOf(bytes), size: bytes.length };
  views.set(digest, { descriptor, bytes });
  return descriptor;
}

/** Whether the bytes are a manifest at all is found out when the image is checked. */
function parse(bytes: Buffer | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = bytes === undefined ? undefined : parseJson(bytes);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isDescriptor(
  value: unknown,
): value is Record<string, unknown> & { digest: Digest; mediaType: string } {
  return isObject(value) && typeof value.digest === 'string' && typeof value.mediaType === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
