import { type Digest, digestOf } from '../../base/digest.ts';
import { type Descriptor, MEDIA } from '../../registry/descriptor.ts';
import { diffIdOf } from '../registry/layer.ts';
import { type ImageName, parseImage } from './name.ts';

/** A registry that the foundation's controllers reach, and how they log in. */
export interface RegistryAccess {
  /** `host:port` as in image references. */
  readonly host: string;
  readonly credentials?: { readonly username: string; readonly password: string };
}

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
    const response = await this.#send(`${image.path}/manifests/${image.target}`, {
      headers: { accept: ACCEPT },
    });
    if (response.status === 404) return undefined;
    const bytes = Buffer.from(await succeeded(response).arrayBuffer());
    const { mediaType, config, layers = [] } = JSON.parse(bytes.toString());
    return { mediaType, config, layers, digest: digestOf(bytes) };
  }

  async has(reference: string): Promise<boolean> {
    const image = parseImage(reference);
    if (image.host !== this.registry.host) return false;
    const options = { method: 'HEAD', headers: { accept: ACCEPT } };
    return (await this.#send(`${image.path}/manifests/${image.target}`, options)).ok;
  }

  async blob(reference: string, digest: Digest): Promise<Buffer> {
    const response = await this.#send(`${parseImage(reference).path}/blobs/${digest}`);
    return Buffer.from(await succeeded(response).arrayBuffer());
  }

  /** Pushes a docker schema 2 image, as go-containerregistry makes them, under tags. The reference by digest. */
  async push(repository: string, image: NewImage, tags: readonly string[]): Promise<string> {
    const name = parseImage(repository);
    const layers: Descriptor[] = [];
    for (const layer of image.layers) layers.push(await this.#putLayer(name, layer));
    const configBytes = Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: image.config ?? {},
        rootfs: {
          type: 'layers',
          diff_ids: image.layers.map(layer => (Buffer.isBuffer(layer) ? diffIdOf(layer) : layer.diffId)),
        },
      }),
    );
    const config = await this.#putBlob(name, configBytes, MEDIA.dockerConfig);
    const manifest = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.dockerManifest, config, layers }),
    );
    const digest = digestOf(manifest);
    for (const target of [digest, ...tags]) {
      const headers = { 'content-type': MEDIA.dockerManifest };
      const options = { method: 'PUT', headers, body: manifest };
      succeeded(await this.#send(`${name.path}/manifests/${target}`, options));
    }
    return `${name.host}/${name.path}@${digest}`;
  }

  /** Puts one more tag on an image. */
  async tag(reference: string, tag: string): Promise<void> {
    const { path, target } = parseImage(reference);
    const manifest = succeeded(
      await this.#send(`${path}/manifests/${target}`, { headers: { accept: ACCEPT } }),
    );
    const headers = { 'content-type': manifest.headers.get('content-type') ?? MEDIA.dockerManifest };
    const body = Buffer.from(await manifest.arrayBuffer());
    succeeded(await this.#send(`${path}/manifests/${tag}`, { method: 'PUT', headers, body }));
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
    const response = await this.#send(`${path}/tags/list`);
    if (response.status === 404) return [];
    return ((await succeeded(response).json()) as { tags?: string[] }).tags ?? [];
  }

  async #putLayer(name: ImageName, layer: Buffer | MountedLayer): Promise<Descriptor> {
    if (Buffer.isBuffer(layer)) return this.#putBlob(name, layer, MEDIA.dockerLayer);
    const { digest } = layer.descriptor;
    const query = `mount=${digest}&from=${encodeURIComponent(layer.from)}`;
    const response = await this.#send(`${name.path}/blobs/uploads/?${query}`, { method: 'POST' });
    if (response.status === 201) return layer.descriptor;
    const bytes = await this.blob(`${name.host}/${layer.from}`, digest);
    return this.#putBlob(name, bytes, layer.descriptor.mediaType);
  }

  async #putBlob(name: ImageName, bytes: Buffer, mediaType: string): Promise<Descriptor> {
    const digest = digestOf(bytes);
    const held = await this.#send(`${name.path}/blobs/${digest}`, { method: 'HEAD' });
    if (!held.ok) {
      const begun = succeeded(await this.#send(`${name.path}/blobs/uploads/`, { method: 'POST' }));
      const location = new URL(begun.headers.get('location') ?? '', `http://${this.registry.host}`);
      location.searchParams.set('digest', digest);
      const headers = { 'content-type': 'application/octet-stream' };
      succeeded(await this.#request(location, { method: 'PUT', headers, body: bytes }));
    }
    return { mediaType, digest, size: bytes.length };
  }

  #send(path: string, options: RequestOptions = {}): Promise<Response> {
    return this.#request(new URL(`http://${this.registry.host}/v2/${path}`), options);
  }

  #request(url: URL, { method = 'GET', headers = {}, body }: RequestOptions): Promise<Response> {
    const login = this.registry.credentials;
    const basic = login && Buffer.from(`${login.username}:${login.password}`).toString('base64');
    return fetch(url, {
      method,
      headers: { ...headers, ...(basic && { authorization: `Basic ${basic}` }) },
      ...(body && { body: new Uint8Array(body) }),
    });
  }
}

interface RequestOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: Buffer;
}

function succeeded(response: Response): Response {
  if (response.ok) return response;
  throw new Error(`${new URL(response.url).pathname}: ${response.status} ${response.statusText}`);
}
