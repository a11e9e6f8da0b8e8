import { randomUUID } from 'node:crypto';
import { type Digest, digestOf, hashFor, hexOf } from '../../base/digest.ts';

/** A manifest as it was put. */
export interface StoredManifest {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** What one repository holds. Blobs are links: the bytes are shared by the whole registry. */
export interface StoredRepository {
  readonly blobs: Set<Digest>;
  readonly manifests: Map<Digest, StoredManifest>;
  readonly tags: Map<string, Digest>;
}

/** The registry's memory: blobs, repositories and uploads under way. Nothing is written to disk. */
export class Store {
  readonly #blobs = new Map<Digest, Buffer>();
  readonly #uploads = new Map<string, { path: string; chunks: Buffer[]; size: number }>();
  readonly repositories = new Map<string, StoredRepository>();

  repository(path: string): StoredRepository {
    const known = this.repositories.get(path);
    if (known !== undefined) return known;
    const made = { blobs: new Set<Digest>(), manifests: new Map(), tags: new Map() };
    this.repositories.set(path, made);
    return made;
  }

  blob(path: string, digest: Digest): Buffer | undefined {
    return this.repositories.get(path)?.blobs.has(digest) ? this.#blobs.get(digest) : undefined;
  }

  addBlob(path: string, bytes: Buffer, digest: Digest = digestOf(bytes)): Digest {
    this.#blobs.set(digest, bytes);
    this.repository(path).blobs.add(digest);
    return digest;
  }

  /** True when the blob is in the other repository, and now in this one too. */
  mount(path: string, digest: Digest, from: string): boolean {
    const bytes = this.blob(from, digest);
    if (bytes !== undefined) this.addBlob(path, bytes, digest);
    return bytes !== undefined;
  }

  manifest(path: string, reference: string): { digest: Digest; manifest: StoredManifest } | undefined {
    const repository = this.repositories.get(path);
    const digest = repository?.tags.get(reference) ?? (reference as Digest);
    const manifest = repository?.manifests.get(digest);
    return manifest && { digest, manifest };
  }

  startUpload(path: string): string {
    const id = randomUUID();
    this.#uploads.set(id, { path, chunks: [], size: 0 });
    return id;
  }

  /** The bytes that an upload has so far; undefined when there is no such upload in the repository. */
  uploadSize(path: string, id: string): number | undefined {
    const upload = this.#uploads.get(id);
    return upload?.path === path ? upload.size : undefined;
  }

  append(id: string, chunk: Buffer): void {
    const upload = this.#uploads.get(id);
    upload?.chunks.push(chunk);
    if (upload) upload.size += chunk.length;
  }

  /** False when the bytes are not what the digest says; the upload is over either way. */
  finishUpload(path: string, id: string, digest: Digest): boolean {
    const bytes = Buffer.concat(this.#uploads.get(id)?.chunks ?? []);
    this.#uploads.delete(id);
    if (hashFor(digest).update(bytes).digest('hex') !== hexOf(digest)) return false;
    this.addBlob(path, bytes, digest);
    return true;
  }

  cancelUpload(id: string): boolean {
    return this.#uploads.delete(id);
  }

  /** Uploads that were neither finished nor cancelled. */
  get openUploads(): number {
    return this.#uploads.size;
  }
}
