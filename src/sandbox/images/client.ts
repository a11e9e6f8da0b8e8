import { type Digest, digestOf } from '../../base/digest.ts';
import { type Descriptor, MEDIA } from '../../registry/descriptor.ts';
import { diffIdOf } from '../registry/layer.ts';
import { type ImageName, parseImage } from './name.ts';
import { type Answered, type Asked, ask } from './transport.ts';

/** A registry that the foundation's controllers reach, and how they log in. */
export interface RegistryAccess {
  /** `host:port` as in image references. */
  readonly host: string;
  readonly credentials?: { readonly username: string; readonly password: string };
}

/** An image manifest, as far as it is read. */
export interface ImageManifest {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** What is put into a registry: layers that are new, and layers that another repository has already. */
export interface NewImage {
  readonly layers: readonly (Buffer | MountedLayer)[];
  /** `config` of the image's config: labels, exposed ports. */
  readonly config?: object;
}

/** A layer that another repository of the registry has. */
export interface MountedLayer {
  readonly descriptor: Descriptor;
  /** The digest of its content, uncompressed. */
  readonly diffId: string;
  /** Path of the repository that has it, at the same registry. */
  readonly from: string;
}

const ACCEPT = [MEDIA.dockerManifest, MEDIA.ociManifest, MEDIA.ociIndex, MEDIA.dockerIndex].join(', ');

/**
 * The few registry requests that Korifi, kpack and kapp-controller make, over plain HTTP to one registry.
 * References to any other registry are unreachable, as they are behind an air gap.
 */
export class ImageClient {
  readonly registry: RegistryAccess;

  constructor(registry: RegistryAccess) {
    this.registry = registry;
  }

  /** Undefined when the registry does not have it, or is not ours. */
  async manifest(reference: string): Promise<ImageManifest | undefined> {
    const image = parseImage(reference);
    if (image.host !== this.registry.host) return undefined;
    const answer = await this.#send(`${image.path}/manifests/${image.target}`, {
      headers: { accept: ACCEPT },
    });
    if (answer.status === 404) return undefined;
    const { body } = answer.succeeded();
    const { mediaType, config, layers = [] } = JSON.parse(body.toString());
    return { mediaType, config, layers, digest: digestOf(body) };
  }

  async has(reference: string): Promise<boolean> {
    const image = parseImage(reference);
    if (image.host !== this.registry.host) return false;
    const asked = { method: 'HEAD', headers: { accept: ACCEPT } } as const;
    return (await this.#send(`${image.path}/manifests/${image.target}`, asked)).ok;
  }

  async blob(reference: string, digest: Digest): Promise<Buffer> {
    return (await this.#send(`${parseImage(reference).path}/blobs/${digest}`)).succeeded().body;
  }

  /** Pushes a docker schema 2 image, as go-containerregistry makes them, under tags. The reference by digest. */
  async push(repository: string, image: NewImage, tags: readonly string[]): Promise<string> {
    const name = parseImage(repository);
    const layers: Descriptor[] = [];
    for (const layer of image.layers) layers.push(await this.#putLayer(name, layer));
    const config = await this.#putBlob(
      name,
      Buffer.from(JSON.stringify(configOf(image))),
      MEDIA.dockerConfig,
    );
    const manifest = { schemaVersion: 2, mediaType: MEDIA.dockerManifest, config, layers };
    const bytes = Buffer.from(JSON.stringify(manifest));
    const digest = digestOf(bytes);
    for (const target of [digest, ...tags])
      await this.#putManifest(name.path, target, bytes, MEDIA.dockerManifest);
    return `${name.host}/${name.path}@${digest}`;
  }

  /** Puts one more tag on an image. */
  async tag(reference: string, tag: string): Promise<void> {
    const { path, target } = parseImage(reference);
    const manifest = await this.#send(`${path}/manifests/${target}`, { headers: { accept: ACCEPT } });
    const mediaType = manifest.succeeded().header('content-type') ?? MEDIA.dockerManifest;
    await this.#putManifest(path, tag, manifest.body, mediaType);
  }

  /** Takes tags off an image, and deletes its manifest when none is left on it: true then. */
  async untag(reference: string, tags: readonly string[]): Promise<boolean> {
    const { path, target, host } = parseImage(reference);
    if (host !== this.registry.host) return false;
    const left: string[] = [];
    for (const tag of await this.#tags(path)) {
      const tagged = await this.manifest(`${host}/${path}:${tag}`);
      if (tagged?.digest !== target) continue;
      if (!tags.includes(tag)) left.push(tag);
      else await this.#send(`${path}/manifests/${tag}`, { method: 'DELETE' });
    }
    if (left.length > 0) return false;
    return (await this.#send(`${path}/manifests/${target}`, { method: 'DELETE' })).ok;
  }

  async #tags(path: string): Promise<string[]> {
    const answer = await this.#send(`${path}/tags/list`);
    if (answer.status === 404) return [];
    return (JSON.parse(answer.succeeded().body.toString()) as { tags?: string[] }).tags ?? [];
  }

  async #putManifest(path: string, target: string, body: Buffer, mediaType: string): Promise<void> {
    const headers = { 'content-type': mediaType };
    (await this.#send(`${path}/manifests/${target}`, { method: 'PUT', headers, body })).succeeded();
  }

  async #putLayer(name: ImageName, layer: Buffer | MountedLayer): Promise<Descriptor> {
    if (Buffer.isBuffer(layer)) return this.#putBlob(name, layer, MEDIA.dockerLayer);
    const { digest } = layer.descriptor;
    const query = `mount=${digest}&from=${encodeURIComponent(layer.from)}`;
    const answer = await this.#send(`${name.path}/blobs/uploads/?${query}`, { method: 'POST' });
    if (answer.status === 201) return layer.descriptor;
    const bytes = await this.blob(`${name.host}/${layer.from}`, digest);
    return this.#putBlob(name, bytes, layer.descriptor.mediaType);
  }

  async #putBlob(name: ImageName, body: Buffer, mediaType: string): Promise<Descriptor> {
    const digest = digestOf(body);
    const held = await this.#send(`${name.path}/blobs/${digest}`, { method: 'HEAD' });
    if (!held.ok) {
      const begun = (await this.#send(`${name.path}/blobs/uploads/`, { method: 'POST' })).succeeded();
      const upload = new URL(begun.header('location') ?? '', `http://${this.registry.host}`);
      upload.searchParams.set('digest', digest);
      const headers = { 'content-type': 'application/octet-stream' };
      const path = `${upload.pathname}${upload.search}`;
      (await ask(this.registry, path, { method: 'PUT', headers, body })).succeeded();
    }
    return { mediaType, digest, size: body.length };
  }

  #send(path: string, asked?: Asked): Promise<Answered> {
    return ask(this.registry, `/v2/${path}`, asked);
  }
}

function configOf({ layers, config = {} }: NewImage): object {
  const diffIds = layers.map(layer => (Buffer.isBuffer(layer) ? diffIdOf(layer) : layer.diffId));
  return { architecture: 'amd64', os: 'linux', config, rootfs: { type: 'layers', diff_ids: diffIds } };
}
