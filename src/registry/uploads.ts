import { type Digest, hashFor, hexOf } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import { UPLOAD_CHUNK_BYTES, UPLOAD_HELD_BYTES } from '../base/limits.ts';
import { headBlob } from './blobs.ts';
import { pushInChunks, type UploadSizes } from './chunked.ts';
import type { Descriptor } from './descriptor.ts';
import { takesChunks } from './hints.ts';
import { type Repository, showReference } from './reference.ts';
import type { BlobBytes, UploadOptions } from './registry.ts';
import type { Remote } from './remote.ts';
import { Replay } from './replay.ts';
import { type Rereadable, Sending } from './rereadable.ts';
import { Transient } from './retry.ts';
import type { Body } from './transport.ts';
import {
  cancelSession,
  finishSession,
  openSession,
  sessionIn,
  sessionRequest,
  type Uploader,
  uploaderFor,
} from './upload-session.ts';

const SIZES: UploadSizes = { chunk: UPLOAD_CHUNK_BYTES, held: UPLOAD_HELD_BYTES };

/**
 * Blobs on their way into registries.
 *
 *     small enough to be held   one PUT; what breaks is sent again as a whole, in a new session
 *     larger                    chunk by chunk; what breaks goes on where the registry is (chunked.ts)
 *     no chunks taken           one PUT; what breaks is sent again as a whole, unless the bytes pass once
 */
export class Uploads {
  readonly #remote: Remote;
  readonly #sizes: UploadSizes;
  /** Registries that have refused a chunk. */
  readonly #wholeOnly = new Set<string>();
  /** Registries that have failed at a mount, which is more than to refuse it. */
  readonly #mountless = new Set<string>();

  constructor(remote: Remote, sizes: UploadSizes = SIZES) {
    this.#remote = remote;
    this.#sizes = sizes;
  }

  /**
   * Uploads a blob from its bytes, which are checked as they pass, unless they have been.
   */
  async push(
    repository: Repository,
    descriptor: Descriptor,
    body: AsyncIterable<Buffer> | BlobBytes,
    { signal, again, isChecked = false }: UploadOptions = {},
  ): Promise<void> {
    const { held } = this.#sizes;
    const { size } = descriptor;
    const subject = showReference({ ...repository, digest: descriptor.digest });
    const uploader = uploaderFor(this.#remote, repository, signal, subject);
    if ('read' in body) {
      const whole = () => body.read(0, size);
      if (size <= held) return pushWhole(uploader, descriptor, whole);
      if (await this.#pushInChunks(uploader, descriptor, new Sending(body))) return;
      return pushWhole(uploader, descriptor, whole);
    }
    const check = (bytes: AsyncIterable<Buffer>) =>
      isChecked ? bytes : verifying(bytes, descriptor, subject);
    const checked = check(body);
    if (size <= held) {
      const pieces = await Array.fromAsync(checked);
      return pushWhole(uploader, descriptor, () => pieces);
    }
    const bytes = new Replay(checked, held, again && (() => check(again())));
    if (await this.#pushInChunks(uploader, descriptor, bytes)) return;
    const passing = () => bytes.read(0, Number.POSITIVE_INFINITY);
    if (again === undefined) return pushPassing(uploader, descriptor, passing());
    await pushWhole(uploader, descriptor, () => {
      bytes.rewind();
      return passing();
    });
  }

  /** False where the registry takes none; it is not asked again then. */
  async #pushInChunks(uploader: Uploader, descriptor: Descriptor, bytes: Rereadable): Promise<boolean> {
    const { registry } = uploader.repository;
    if (!takesChunks(registry) || this.#wholeOnly.has(registry)) return false;
    if (await pushInChunks(uploader, descriptor, bytes, this.#sizes.chunk)) return true;
    this.#wholeOnly.add(registry);
    return false;
  }

  /** POST that mounts another repository's blob (spec.md#mounting-a-blob-from-another-repository). */
  async mount(
    repository: Repository,
    digest: Digest,
    from: Repository,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const { registry } = repository;
    if (from.registry !== registry || this.#mountless.has(registry)) return false;
    const remote = this.#remote;
    const uploader = uploaderFor(remote, repository, signal);
    const query = `?mount=${digest}&from=${encodeURIComponent(from.path)}`;
    const session = await remote
      .ask({ ...sessionRequest(uploader, query), from }, async answer => {
        if (answer.status === 201) return undefined;
        // Whatever the registry has against a mount, it may still take an upload, and that says more if it does not.
        return answer.status === 202 ? sessionIn(remote, repository, answer) : 'refused';
      })
      .catch(error => {
        // A registry may fail at nothing but mounts, and a token server may refuse us a token for the other repository.
        if (error instanceof Failure && error.code === 'registry-error') this.#mountless.add(registry);
        else if (!(error instanceof Failure) || error.code !== 'registry-unauthorized') throw error;
        return 'refused';
      });
    if (typeof session === 'object') await cancelSession(uploader, session);
    return session === undefined;
  }

  /** Opens a session and cancels it. */
  async checkWritable(repository: Repository, signal?: AbortSignal): Promise<void> {
    const uploader = uploaderFor(this.#remote, repository, signal);
    await cancelSession(uploader, await openSession(uploader));
  }
}

/** One PUT, as often as it takes: an answer may be lost although the blob arrived. */
async function pushWhole(uploader: Uploader, descriptor: Descriptor, body: () => Body): Promise<void> {
  const { remote, repository, subject, signal } = uploader;
  const { digest, size } = descriptor;
  for (let attempt = 1; ; attempt++) {
    const session = await openSession(uploader);
    try {
      return await finishSession(uploader, session, digest, body(), size);
    } catch (error) {
      await cancelSession(uploader, session);
      await remote.pause(error, repository.registry, subject, attempt, signal);
      if (await headBlob(remote, repository, digest, signal)) return;
    }
  }
}

/** One PUT that cannot be made again. */
async function pushPassing(
  uploader: Uploader,
  { digest, size }: Descriptor,
  body: AsyncIterable<Buffer>,
): Promise<void> {
  const session = await openSession(uploader);
  try {
    await finishSession(uploader, session, digest, body, size);
  } catch (error) {
    await cancelSession(uploader, session);
    throw error instanceof Transient ? error.failure : error;
  }
}

/** The same pieces, checked as they pass: what is not what the descriptor says never ends as a whole upload. */
async function* verifying(
  body: AsyncIterable<Buffer>,
  { digest, size }: Descriptor,
  subject: string,
): AsyncGenerator<Buffer> {
  const hash = hashFor(digest);
  let left = size;
  for await (const chunk of body) {
    hash.update(chunk);
    left -= chunk.length;
    if (left < 0)
      throw new Failure('content-mismatch', `the blob has more than its ${size} bytes`, { subject });
    if (left === 0 && hash.copy().digest('hex') !== hexOf(digest)) {
      throw new Failure('content-mismatch', 'the blob is not what its digest names', { subject });
    }
    yield chunk;
  }
  if (left > 0) throw new Failure('content-mismatch', `the blob ends ${left} bytes early`, { subject });
}
