import type { Digest } from '../base/digest.ts';
import type { Descriptor } from './descriptor.ts';
import type { Manifest } from './registry.ts';

/** What was gathered of one image, each content once. */
export class Parts {
  readonly #manifests = new Map<Digest, Manifest>();
  readonly #configs = new Map<Digest, { descriptor: Descriptor; bytes: Buffer }>();
  readonly #layers = new Map<Digest, Descriptor>();

  addManifest(manifest: Manifest): void {
    this.#manifests.set(manifest.descriptor.digest, manifest);
  }

  addConfig(descriptor: Descriptor, bytes: Buffer): void {
    this.#configs.set(descriptor.digest, { descriptor, bytes });
  }

  addLayer(descriptor: Descriptor, inline: Buffer | undefined): void {
    if (inline !== undefined) this.addConfig(descriptor, inline);
    else if (!this.#layers.has(descriptor.digest)) this.#layers.set(descriptor.digest, descriptor);
  }

  hasConfig(digest: Digest): boolean {
    return this.#configs.has(digest);
  }

  get manifests(): Manifest[] {
    return [...this.#manifests.values()];
  }

  get configs(): { descriptor: Descriptor; bytes: Buffer }[] {
    return [...this.#configs.values()];
  }

  get layers(): Descriptor[] {
    return [...this.#layers.values()];
  }
}
