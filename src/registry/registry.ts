import type { Hash } from 'node:crypto';
import type { Digest } from '../base/digest.ts';
import type { Failure } from '../base/errors.ts';
import type { Flow } from '../base/flow.ts';
import type { Descriptor } from './descriptor.ts';
import type { Reference, Repository } from './reference.ts';

/** A manifest or index with its bytes exactly as the registry holds them. */
export interface Manifest {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/**
 * What the engines need of registries, whichever host a repository is at. Errors are `Failure`s:
 * `not-connected`, `registry-unauthorized`, `registry-missing` (404), `content-mismatch` (the bytes are not what
 * the digest says) and `registry-error`. Retries (429 with Retry-After, 5xx, broken connections) have happened by then.
 */
export interface Registries {
  /**
   * Takes certificates, as PEM, of an authority that registries may be signed by, for all connections from now on.
   * False when they cannot be read.
   */
  trust(pem: string): boolean;
  /** How many transfers there may be at once, and whether any may begin. */
  readonly flow: Flow;
  /** The manifest that a tag or digest names, verified against the digest where there is one. */
  manifest(reference: Reference, signal?: AbortSignal): Promise<Manifest>;
  /** A small blob as a whole (a config, a bundle's layer), verified; refuses more than `limit` bytes. */
  smallBlob(
    repository: Repository,
    descriptor: Descriptor,
    limit: number,
    signal?: AbortSignal,
  ): Promise<Buffer>;
  /** HEAD: whether the repository has the blob. */
  hasBlob(repository: Repository, digest: Digest, signal?: AbortSignal): Promise<boolean>;
  /**
   * As {@link hasBlob}, of a blob that {@link blobs} will be asked for: a small one may be fetched at once and held for it.
   */
  findBlob(repository: Repository, descriptor: Descriptor, signal?: AbortSignal): Promise<boolean>;
  hasManifest(reference: Reference, signal?: AbortSignal): Promise<Digest | undefined>;
  /**
   * The blobs' bytes one after the other, in the order given, each verified against its digest and size, fetched in
   * segments side by side. The chunks of one blob are yielded with that blob's index in the list; a chunk is the
   * consumer's until it asks for the next but one, so that it can be written meanwhile. `onBegin` is told
   * when a blob is asked for, which is before its turn, `onProgress` how many
   * bytes of a blob have come so far. `begun` says what of the first blob has passed before, less than all of it.
   */
  blobs(
    wanted: readonly BlobSource[],
    options?: {
      signal?: AbortSignal;
      onBegin?: (index: number) => void;
      onProgress?: (index: number, bytes: number) => void;
      begun?: { passed: number; hash: Hash } | undefined;
    },
  ): AsyncGenerator<{ index: number; chunk: Buffer }>;
  /** True when the other repository's blob is now in this one too; false when the registry would not. */
  mountBlob(repository: Repository, digest: Digest, from: Repository, signal?: AbortSignal): Promise<boolean>;
  /**
   * Uploads a blob from its bytes, which pass once, or can be read from any place. The registry checks the digest, and
   * so do we while they pass. The chunks are sent as they are and not copied, and the last ones (UPLOAD_HELD_BYTES and
   * a chunk) are held to be sent again when a connection breaks: they must not change before so many more have been
   * taken.
   */
  pushBlob(
    repository: Repository,
    descriptor: Descriptor,
    body: AsyncIterable<Buffer> | BlobBytes,
    options?: UploadOptions,
  ): Promise<void>;
  /** All tags of a repository; undefined when they are too many to list. */
  tags(repository: Repository, signal?: AbortSignal): Promise<ReadonlySet<string> | undefined>;
  /** The manifests that name this one as their subject; undefined where the registry does not tell. */
  referrers(
    repository: Repository,
    subject: Digest,
    signal?: AbortSignal,
  ): Promise<readonly Descriptor[] | undefined>;
  /**
   * HEAD of a foreign layer at its urls, for a layer that the repository does not have: why it cannot be had, or
   * nothing.
   */
  hasForeign(repository: Repository, layer: Descriptor, signal?: AbortSignal): Promise<Failure | undefined>;
  /**
   * Puts a manifest under its digest, or under a tag. One that has a subject is found by it afterwards, also where the
   * registry does not look at subjects.
   */
  pushManifest(repository: Repository, manifest: Manifest, tag?: string, signal?: AbortSignal): Promise<void>;
  /**
   * Deletes a tag, or a manifest with all its tags by its digest; false when it was not there. Many registries refuse
   * one or the other (`registry-error`).
   */
  deleteManifest(reference: Reference, signal?: AbortSignal): Promise<boolean>;
  /** Tries an upload session and cancels it: whether this repository can be written, without leaving anything. */
  checkWritable(repository: Repository, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/**
 * A blob that can be read from any place and again, by whoever has checked it: what is wrong in it throws before its
 * last piece is given out. Of such a blob nothing is held.
 */
export interface BlobBytes {
  /** A piece may change when two further ones have been asked for that are larger than what a socket takes at once. */
  read(from: number, to: number): AsyncIterable<Buffer>;
}

/** How a blob is sent. */
export interface UploadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Gives the bytes once more from the beginning, which is needed when a registry loses a large upload. */
  readonly again?: () => AsyncIterable<Buffer>;
  /** Whoever gives the bytes has checked them against the digest, and withholds the last ones when they are wrong. */
  readonly isChecked?: boolean;
}

/**
 * A blob and the repositories that may hold it, the first one preferred. A foreign layer that none of them has is
 * fetched from the descriptor's `urls`.
 */
export interface BlobSource {
  readonly descriptor: Descriptor;
  readonly repositories: readonly Repository[];
}
