import type { Digest } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import { IMAGE_HEAD_BYTES, IMAGES_HEAD_BYTES } from '../base/limits.ts';
import type { Descriptor } from './descriptor.ts';
import type { Manifest } from './registry.ts';

/** Bytes that several images may have in memory together. */
export interface HeldBytes {
  bytes: number;
}

/** What was gathered of one image, each content once. */
export class Parts {
  readonly #manifests = new Map<Digest, Manifest>();
  readonly #configs = new Map<Digest, { descriptor: Descriptor; bytes: Buffer }>();
  readonly #layers = new Map<Digest, Descriptor>();
  readonly #image: string;
  readonly #ofAll: HeldBytes;
  #bytes = 0;

  /** @param ofAll what all images hold, to which this one adds */
  constructor(image: string, ofAll: HeldBytes) {
    this.#image = image;
    this.#ofAll = ofAll;
  }

  /**
   * Counts what is held in memory.
   * @throws Failure `registry-error` beyond IMAGE_HEAD_BYTES, and beyond IMAGES_HEAD_BYTES of all images
   */
  hold({ length }: Buffer): void {
    this.#bytes += length;
    this.#ofAll.bytes += length;
    const [held, most, whose] =
      this.#bytes > IMAGE_HEAD_BYTES
        ? [this.#bytes, IMAGE_HEAD_BYTES, 'its']
        : [this.#ofAll.bytes, IMAGES_HEAD_BYTES, "all images'"];
    if (held <= most) return;
    throw new Failure('registry-error', `${whose} manifests and configs have more than ${most} bytes`, {
      subject: this.#image,
    });
  }

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

  hasManifest(digest: Digest): boolean {
    return this.#manifests.has(digest);
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
