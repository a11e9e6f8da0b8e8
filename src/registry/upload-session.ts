import type { Digest } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import { repositoryHints } from './hints.ts';
import { type Repository, showRepository } from './reference.ts';
import { refusalOf } from './refusal.ts';
import { type Ask, passes, type Remote } from './remote.ts';
import { Transient } from './retry.ts';
import { type Answer, type Body, follow, isSuccess } from './transport.ts';

/** Whose upload it is. */
export interface Uploader {
  readonly remote: Remote;
  readonly repository: Repository;
  /** The repository or the blob, for messages. */
  readonly subject: string;
  readonly signal: AbortSignal | undefined;
}

/** An upload that the registry has opened. */
export interface Session {
  /** Where the next request of it goes: registries may change it with every answer. */
  readonly url: URL;
  /** The least that a chunk may have, the last one excepted (`OCI-Chunk-Min-Length`). */
  readonly minimum: number;
}

/** POST for a session (distribution-spec, spec.md#post-then-put). */
export function openSession(uploader: Uploader): Promise<Session> {
  const { remote, repository, subject } = uploader;
  return remote.ask(sessionRequest(uploader), async answer => {
    if (isSuccess(answer)) return sessionIn(remote, repository, answer);
    const hints = answer.status === 404 ? repositoryHints(repository) : [];
    throw await refusalOf(answer, repository.registry, subject, hints);
  });
}

/** The POST that opens a session, or with a query mounts a blob. */
export function sessionRequest({ repository, subject, signal }: Uploader, query = ''): Ask {
  const target = `blobs/uploads/${query}`;
  const body = Buffer.alloc(0);
  return { repository, access: 'pull,push', method: 'POST', target, body, follow: true, subject, signal };
}

/** @throws Failure `registry-error` when the answer names no place, or one where no registry may lead us */
export async function sessionIn(remote: Remote, { registry }: Repository, answer: Answer): Promise<Session> {
  const location = answer.headers.location;
  if (location === undefined) {
    throw new Failure('registry-error', 'the registry opened an upload and did not say where', {
      subject: registry,
    });
  }
  return { url: await locationOf(remote, registry, answer, location), minimum: minimumIn(answer) };
}

/** A registry may name a place relative to itself, or another host. */
async function locationOf(remote: Remote, registry: string, answer: Answer, location: string): Promise<URL> {
  const origin = new URL(await remote.network.origin(registry));
  return follow(location, answer.url, origin, 'upload location');
}

function minimumIn({ headers }: Answer): number {
  const text = String(headers['oci-chunk-min-length'] ?? '');
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/**
 * PUT that ends an upload, with all of its bytes or with none when chunks have brought them; made once.
 * @throws Transient when another attempt may succeed
 */
export function finishSession(
  { remote, repository, subject, signal }: Uploader,
  { url }: Session,
  digest: Digest,
  body: Body,
  length: number,
): Promise<void> {
  const target = new URL(url);
  // Appended as text: the registry's own query is signed by some, and must stay as it is.
  target.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(digest)}`;
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(length) };
  const ask: Ask = {
    ...{ repository, access: 'pull,push', method: 'PUT', target, headers, body, subject, signal },
  };
  return remote.once(ask, async answer => {
    if (isSuccess(answer)) return;
    const failure = await refusalOf(answer, repository.registry, subject);
    // A token may end in mid-upload, and a body that passes is not sent again by itself.
    throw answer.status === 401 && passes(ask) ? new Transient(failure) : failure;
  });
}

/** How far an upload has come. */
export interface Progress {
  readonly session: Session;
  /** Bytes that the registry has; undefined when it does not say, or says none. */
  readonly offset: number | undefined;
}

/**
 * PATCH with a chunk (spec.md#pushing-a-blob-in-chunks); made once. A refusal that is not about who asks is returned,
 * since there are ways on.
 * @throws Transient when another attempt may succeed
 */
export function sendChunk(
  { remote, repository, subject, signal }: Uploader,
  session: Session,
  body: AsyncIterable<Buffer>,
  offset: number,
  length: number,
): Promise<Progress | Failure> {
  const headers = {
    'content-type': 'application/octet-stream',
    'content-length': String(length),
    'content-range': `${offset}-${offset + length - 1}`,
  };
  const target = session.url;
  const ask: Ask = {
    ...{ repository, access: 'pull,push', method: 'PATCH', target, headers, body, subject, signal },
  };
  return remote.once(ask, async answer => {
    if (isSuccess(answer)) return progressIn(remote, repository.registry, session, answer);
    const failure = await refusalOf(answer, repository.registry, subject);
    if (answer.status === 403) throw failure;
    // A token may end in mid-upload: to ask for the progress renews it.
    if (answer.status === 401) throw new Transient(failure);
    return failure;
  });
}

/** GET of an upload's progress; undefined when the registry does not know the upload any more. */
export function askProgress(uploader: Uploader, session: Session): Promise<Progress | undefined> {
  const { remote, repository, subject, signal } = uploader;
  const target = session.url;
  const ask: Ask = { repository, access: 'pull,push', method: 'GET', target, subject, signal };
  return remote.ask(ask, async answer => {
    if (answer.status === 401 || answer.status === 403) {
      throw await refusalOf(answer, repository.registry, subject);
    }
    if (!isSuccess(answer)) return undefined;
    return progressIn(remote, repository.registry, session, answer);
  });
}

async function progressIn(
  remote: Remote,
  registry: string,
  session: Session,
  answer: Answer,
): Promise<Progress> {
  const { location, range } = answer.headers;
  const url = location === undefined ? session.url : await locationOf(remote, registry, answer, location);
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(String(range ?? ''))?.[1];
  // `0-0` is how registries say that they have nothing, or one byte.
  const offset = last === undefined || last === '0' ? undefined : Number(last) + 1;
  return { session: { ...session, url }, offset };
}

/**
 * Ends a session that will not be used. Registries may not know how (404, 405), and one that is gone has ended it
 * by itself: an open session leaves nothing that can be seen, so this never fails a run.
 */
export async function cancelSession({ remote, repository }: Uploader, { url }: Session): Promise<void> {
  // Distribution wants the right to delete for it, others the one to push.
  const ask: Ask = { repository, access: 'pull,push,delete', method: 'DELETE', target: url, tidies: true };
  await remote.once(ask, async () => undefined).catch(() => undefined);
}

/** For messages about a repository as a whole. */
export function uploaderFor(
  remote: Remote,
  repository: Repository,
  signal: AbortSignal | undefined,
  subject: string = showRepository(repository),
): Uploader {
  return { remote, repository, subject, signal };
}
