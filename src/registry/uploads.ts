import { type Digest, hashFor, hexOf } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import { REPLAYABLE_UPLOAD_BYTES } from '../base/limits.ts';
import type { Descriptor } from './descriptor.ts';
import { type Repository, showReference, showRepository } from './reference.ts';
import { refusalOf } from './refusal.ts';
import type { Ask, Remote } from './remote.ts';
import { type Answer, follow } from './transport.ts';

/** POST that mounts another repository's blob (distribution-spec, spec.md#mounting-a-blob-from-another-repository). */
export async function mountBlob(
  remote: Remote,
  repository: Repository,
  digest: Digest,
  from: Repository,
  signal?: AbortSignal,
): Promise<boolean> {
  if (from.registry !== repository.registry) return false;
  const target = `blobs/uploads/?mount=${digest}&from=${encodeURIComponent(from.path)}`;
  const session = await remote
    .ask({ ...post(repository, target, signal), from }, async answer => {
      if (answer.status === 201) return undefined;
      // Whatever the registry has against a mount, it may still take an upload, and that says more if it does not.
      return answer.status === 202 ? sessionOf(remote, repository, answer) : 'refused';
    })
    .catch(error => {
      // A token server may refuse us a token for the other repository.
      if (error instanceof Failure && error.code === 'registry-unauthorized') return 'refused';
      throw error;
    });
  if (session instanceof URL) await cancel(remote, repository, session);
  return session === undefined;
}

/** POST for a session, then one PUT with the bytes (spec.md#post-then-put). */
export async function pushBlob(
  remote: Remote,
  repository: Repository,
  descriptor: Descriptor,
  body: AsyncIterable<Buffer>,
  signal?: AbortSignal,
): Promise<void> {
  const subject = showReference({ ...repository, digest: descriptor.digest });
  const passing = verifying(body, descriptor, subject);
  const small = descriptor.size <= REPLAYABLE_UPLOAD_BYTES;
  const content = small ? await collect(passing) : passing;
  const session = await openSession(remote, repository, subject, signal);
  try {
    await put(remote, repository, session, descriptor, content, subject, signal);
  } catch (error) {
    await cancel(remote, repository, session);
    throw error;
  }
}

/** Opens a session and cancels it. */
export async function checkWritable(
  remote: Remote,
  repository: Repository,
  signal?: AbortSignal,
): Promise<void> {
  const session = await openSession(remote, repository, showRepository(repository), signal);
  await cancel(remote, repository, session);
}

function post(repository: Repository, target: string, signal: AbortSignal | undefined): Ask {
  return { repository, access: 'pull,push', method: 'POST', target, body: Buffer.alloc(0), signal };
}

function openSession(
  remote: Remote,
  repository: Repository,
  subject: string,
  signal: AbortSignal | undefined,
): Promise<URL> {
  return remote.ask({ ...post(repository, 'blobs/uploads/', signal), subject }, async answer => {
    if (answer.status === 202) return sessionOf(remote, repository, answer);
    const hints =
      answer.status === 404 ? [`some registries want ${repository.path} to be created first`] : [];
    throw await refusalOf(answer, repository.registry, subject, hints);
  });
}

/** Where an upload goes; the registry may say so relative to itself, or name another host. */
async function sessionOf(remote: Remote, { registry }: Repository, answer: Answer): Promise<URL> {
  const origin = new URL(await remote.network.origin(registry));
  const { location } = answer.headers;
  if (location === undefined) {
    throw new Failure('registry-error', 'the registry opened an upload and did not say where', {
      subject: registry,
    });
  }
  return follow(location, answer.url, origin, 'upload location');
}

function put(
  remote: Remote,
  repository: Repository,
  session: URL,
  { digest, size }: Descriptor,
  body: Buffer | AsyncIterable<Buffer>,
  subject: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const target = new URL(session);
  // Appended as text: the registry's own query is signed by some, and must stay as it is.
  target.search = `${session.search === '' ? '?' : `${session.search}&`}digest=${encodeURIComponent(digest)}`;
  const ask: Ask = {
    ...{ repository, access: 'pull,push', method: 'PUT', target, body, subject, signal },
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
  };
  return remote.ask(ask, async answer => {
    if (answer.status !== 201 && answer.status !== 204) {
      throw await refusalOf(answer, repository.registry, subject);
    }
  });
}

/**
 * Ends a session that will not be used. Registries may not know how (404, 405), and one that is gone has ended it
 * by itself: an open session leaves nothing that can be seen, so this never fails a run.
 */
async function cancel(remote: Remote, repository: Repository, session: URL): Promise<void> {
  const ask: Ask = { repository, access: 'pull,push', method: 'DELETE', target: session };
  await remote.ask(ask, async () => undefined).catch(() => undefined);
}

/** The same chunks, checked as they pass: what is not what the descriptor says never ends as a whole upload. */
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

async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const kept: Buffer[] = [];
  for await (const chunk of chunks) kept.push(chunk);
  return Buffer.concat(kept);
}
