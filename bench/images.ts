import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { forEachLimit } from '../src/base/concurrency.ts';
import { type Digest, digestOf } from '../src/base/digest.ts';
import { type Descriptor, MEDIA } from '../src/registry/descriptor.ts';

/** How images are made up; every image has its own layers and, of those that all share, every one. */
export interface ImageSet {
  readonly images: number;
  readonly layers: number;
  readonly layerBytes: number;
  /** Layers that are the same in all images, further to `layers`. */
  readonly shared?: number;
}

/** Where an image is: `path` and `tag` behind the host. */
export interface BenchImage {
  readonly path: string;
  readonly tag: string;
}

const UPLOADS = 4;
const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** Makes images of random bytes, all in one repository, and pushes them; their layers are valid gzip, stored. */
export async function pushImages(registry: string, path: string, set: ImageSet): Promise<BenchImage[]> {
  const repository = `${registry}/v2/${path}`;
  const shared: Layer[] = [];
  for (let layer = 0; layer < (set.shared ?? 0); layer++)
    shared.push(await pushLayer(repository, set.layerBytes));
  const images = Array.from({ length: set.images }, (_, image) => ({ path, tag: `v${image}` }));
  await forEachLimit(images, set.layerBytes > 1024 ** 2 ? 1 : UPLOADS, async ({ tag }) => {
    const layers = [...shared];
    for (let layer = 0; layer < set.layers; layer++) layers.push(await pushLayer(repository, set.layerBytes));
    await pushManifest(repository, tag, layers);
  });
  return images;
}

interface Layer {
  readonly descriptor: Descriptor;
  /** The digest of its content, uncompressed. */
  readonly diffId: Digest;
}

async function pushLayer(repository: string, bytes: number): Promise<Layer> {
  const content = randomBytes(bytes);
  const descriptor = await pushBlob(repository, gzipSync(content, { level: 0 }), OCI_LAYER);
  return { descriptor, diffId: digestOf(content) };
}

async function pushManifest(repository: string, tag: string, layers: readonly Layer[]): Promise<void> {
  const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) };
  const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs }));
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA.ociManifest,
    config: await pushBlob(repository, config, MEDIA.ociConfig),
    layers: layers.map(({ descriptor }) => descriptor),
  };
  await succeeded(`${repository}/manifests/${tag}`, 'PUT', Buffer.from(JSON.stringify(manifest)), {
    'content-type': MEDIA.ociManifest,
  });
}

async function pushBlob(repository: string, bytes: Buffer, mediaType: string): Promise<Descriptor> {
  const digest = digestOf(bytes);
  const session = await succeeded(`${repository}/blobs/uploads/`, 'POST');
  const location = new URL(session.headers.get('location') ?? '', repository);
  location.searchParams.set('digest', digest);
  await succeeded(location, 'PUT', bytes, { 'content-type': 'application/octet-stream' });
  return { mediaType, digest, size: bytes.length };
}

async function succeeded(
  url: string | URL,
  method: string,
  body?: Buffer,
  headers: Record<string, string> = {},
): Promise<Response> {
  const response = await fetch(url, { method, headers, ...(body && { body: new Uint8Array(body) }) });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
  return response;
}
