import { digestOf } from '../../src/base/digest.ts';
import { MEDIA } from '../../src/registry/descriptor.ts';
import { parseRepository, showRepository } from '../../src/registry/reference.ts';
import { diffIdOf, layerOf } from '../../src/sandbox/registry/layer.ts';
import type { Side } from './stage.ts';

/** An image that a bundle's lock names, and the text in the bundle's files that stands for it. */
export interface Locked {
  readonly image: string;
  readonly id: string;
}

/** Pushes an image of one layer with these files, as go-containerregistry makes them. Its reference by digest. */
export async function pushImage(
  { registries }: Side,
  repository: string,
  tag: string,
  files: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>> = {},
): Promise<string> {
  const to = parseRepository(repository);
  const layer = layerOf(files);
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Labels: labels },
      rootfs: { type: 'layers', diff_ids: [diffIdOf(layer)] },
    }),
  );
  const blobs = [
    { mediaType: MEDIA.dockerConfig, bytes: config },
    { mediaType: MEDIA.dockerLayer, bytes: layer },
  ].map(({ mediaType, bytes }) => ({
    descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length },
    bytes,
  }));
  for (const { descriptor, bytes } of blobs) await registries.pushBlob(to, descriptor, once(bytes));
  const [described, ...layers] = blobs.map(({ descriptor }) => descriptor);
  const manifest = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.dockerManifest, config: described, layers }),
  );
  const descriptor = { mediaType: MEDIA.dockerManifest, digest: digestOf(manifest), size: manifest.length };
  await registries.pushManifest(to, { descriptor, bytes: manifest }, tag);
  return `${showRepository(to)}@${descriptor.digest}`;
}

/** Pushes files and the lock of the images that they name, as `imgpkg push -b` does. Its reference by digest. */
export async function pushBundle(
  side: Side,
  repository: string,
  tag: string,
  files: Readonly<Record<string, string>>,
  lock: readonly Locked[],
): Promise<string> {
  const images = lock.map(({ image, id }) => ({ image, annotations: { 'kbld.carvel.dev/id': id } }));
  const imagesLock = { apiVersion: 'imgpkg.carvel.dev/v1alpha1', kind: 'ImagesLock', images };
  return pushImage(
    side,
    repository,
    tag,
    { '.imgpkg/images.yml': JSON.stringify(imagesLock), ...files },
    { 'dev.carvel.imgpkg.bundle': 'true' },
  );
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
