import { createHash, type Hash, randomUUID } from 'node:crypto';
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

/** A blob's size, and its bytes where they are held. */
interface StoredBlob {
  readonly size: number;
  readonly bytes: Buffer | undefined;
}

/** An upload under way; where its bytes may not be held, with what they hash to so far. */
interface Upload {
  readonly path: string;
  chunks: Buffer[];
  size: number;
  readonly hashes: Readonly<Record<string, Hash>> | undefined;
}

/** The registry's memory: blobs, repositories and uploads under way. Nothing is written to disk. */
export class Store {
  readonly #blobs = new Map<Digest, StoredBlob>();
  readonly #uploads = new Map<string, Upload>();
  readonly #heldBytes: number;
  readonly repositories = new Map<string, StoredRepository>();

  /** @param heldBytes of larger blobs only digest and size are held */
  constructor(heldBytes = Number.POSITIVE_INFINITY) {
    this.#heldBytes = heldBytes;
  }

  repository(path: string): StoredRepository {
    const known = this.repositories.get(path);
    if (known !== undefined) return known;
    const made = { blobs: new Set<Digest>(), manifests: new Map(), tags: new Map() };
    this.repositories.set(path, made);
    return made;
  }

  /** The bytes of a blob; undefined also for one that is there and whose bytes are not held. */
  blob(path: string, digest: Digest): Buffer | undefined {
    return this.#find(path, digest)?.bytes;
  }

  /** Undefined when the repository does not have the blob. */
  blobSize(path: string, digest: Digest): number | undefined {
    return this.#find(path, digest)?.size;
  }

  #find(path: string, digest: Digest): StoredBlob | undefined {
    return this.repositories.get(path)?.blobs.has(digest) ? this.#blobs.get(digest) : undefined;
  }

  addBlob(path: string, bytes: Buffer, digest: Digest = digestOf(bytes)): Digest {
    return this.#add(path, { size: bytes.length, bytes }, digest);
  }

  #add(path: string, blob: StoredBlob, digest: Digest): Digest {
    this.#blobs.set(digest, blob);
    this.repository(path).blobs.add(digest);
    return digest;
  }

  /** True when the blob is in the other repository, and now in this one too. */
  mount(path: string, digest: Digest, from: string): boolean {
    const blob = this.#find(from, digest);
    if (blob !== undefined) this.#add(path, blob, digest);
    return blob !== undefined;
  }

  manifest(path: string, reference: string): { digest: Digest; manifest: StoredManifest } | undefined {
    const repository = this.repositories.get(path);
    const digest = repository?.tags.get(reference) ?? (reference as Digest);
    const manifest = repository?.manifests.get(digest);
    return manifest && { digest, manifest };
  }

  startUpload(path: string): string {
    const id = randomUUID();
    const isHeld = this.#heldBytes === Number.POSITIVE_INFINITY;
    const hashes = isHeld ? undefined : { sha256: createHash('sha256'), sha512: createHash('sha512') };
    this.#uploads.set(id, { path, chunks: [], size: 0, hashes });
    return id;
  }

  /** The bytes that an upload has so far; undefined when there is no such upload in the repository. */
  uploadSize(path: string, id: string): number | undefined {
    const upload = this.#uploads.get(id);
    return upload?.path === path ? upload.size : undefined;
  }

  append(id: string, chunk: Buffer): void {
    const upload = this.#uploads.get(id);
    if (upload === undefined) return;
    upload.size += chunk.length;
    for (const hash of Object.values(upload.hashes ?? {})) hash.update(chunk);
    if (upload.size <= this.#heldBytes) upload.chunks.push(chunk);
    else upload.chunks = [];
  }

  /** False when the bytes are not what the digest says; the upload is over either way. */
  finishUpload(path: string, id: string, digest: Digest): boolean {
    const upload = this.#uploads.get(id);
    this.#uploads.delete(id);
    if (upload === undefined) return false;
    const { size, chunks, hashes } = upload;
    const bytes = size <= this.#heldBytes ? Buffer.concat(chunks) : undefined;
    const hash = hashes?.[algorithmOf(digest)] ?? hashFor(digest).update(bytes ?? '');
    if (hash.digest('hex') !== hexOf(digest)) return false;
    this.#add(path, { size, bytes }, digest);
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

function algorithmOf(digest: Digest): string {
  return digest.slice(0, digest.indexOf(':'));
}
