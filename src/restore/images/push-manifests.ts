import type { Contents } from '../../archive/head.ts';
import { type ImageContent, imageContent } from '../../archive/images.ts';
import { Failure } from '../../base/errors.ts';
import type { Descriptor } from '../../registry/descriptor.ts';
import { locationsImage } from '../../registry/locations.ts';
import type { Repository } from '../../registry/reference.ts';
import { ContentRefused } from '../../registry/refusal.ts';
import type { Placement } from './placement.ts';
import { setTag, type TagOptions } from './tags.ts';

export interface PushOptions extends TagOptions {
  readonly archive: Contents;
}

/**
 * The manifests of one image, after its small blobs, children before parents, and its tags, once all layers are there.
 * @throws ContentRefused when the registry will never take it
 */
export async function pushImage({ target, image, tags }: Placement, options: PushOptions): Promise<void> {
  const { archive, registries, signal } = options;
  const content = imageContent(archive, image);
  for (const descriptor of smallBlobs(content)) {
    await ensureBlob(target, descriptor, archive.blobs.get(descriptor.digest), options);
  }
  for (const { mediaType, digest, bytes } of content.manifests) {
    const manifest = { descriptor: { mediaType, digest, size: bytes.length }, bytes };
    await registries.pushManifest(target, manifest, undefined, signal).catch(error => {
      throw aboutForeign(error, image.reference, content);
    });
    if (digest !== image.digest) continue;
    for (const tag of tags) await setTag(target, manifest, tag, options);
  }
}

/**
 * A registry's refusal of an image with foreign layers, with what may help; any other error as it is. Distribution says
 * 500 where it does not take their urls.
 */
function aboutForeign(error: unknown, reference: string, { foreign, layers }: ImageContent): unknown {
  const isForeign = foreign.length > 0 || layers.some(({ urls = [] }) => urls.length > 0);
  if (!isForeign || !(error instanceof Failure) || error.code !== 'registry-error') return error;
  const absent = foreign.length > 0;
  return new ContentRefused(error.code, error.message, {
    subject: `${reference}, ${absent ? 'whose foreign layers are not in the archive' : 'which has foreign layers'}`,
    hints: [
      ...(absent ? ['export with --include-foreign-layers, so that the registry gets these layers too'] : []),
      'let the registry take the urls of foreign layers (validation.manifests.urls.allow of distribution)',
      ...error.hints,
    ],
    cause: error,
  });
}

/** What stands in the archive's head; layers are there too when some image has the same content as its config. */
function smallBlobs({ configs, layers }: ImageContent): Descriptor[] {
  return [...configs, ...layers];
}

/** Without a locations image imgpkg silently keeps the old references as soon as one image of the lock is missing. */
export async function pushLocations(placement: Placement, options: PushOptions): Promise<void> {
  const { image, target } = placement;
  const { images: held = [], leftOut = [] } = image.bundle ?? {};
  const images = [
    ...held.map(({ locked, isBundle }) => ({ image: locked, isBundle })),
    // Packages that are not installed: they are offered where the others are, and can be put there later.
    ...leftOut.map(locked => ({ image: locked, isBundle: true })),
  ];
  const locations = locationsImage(image.digest, images);
  await ensureBlob(target, locations.layer.descriptor, locations.layer.bytes, options);
  await ensureBlob(target, locations.config.descriptor, locations.config.bytes, options);
  await options.registries.pushManifest(target, locations.manifest, locations.tag, options.signal);
}

async function ensureBlob(
  at: Repository,
  descriptor: Descriptor,
  bytes: Buffer | undefined,
  { registries, signal }: PushOptions,
): Promise<void> {
  if (bytes === undefined || (await registries.hasBlob(at, descriptor.digest, signal))) return;
  await registries.pushBlob(at, descriptor, once(bytes), { signal, isChecked: true });
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
