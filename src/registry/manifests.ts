import { type Digest, digestOf, hashFor, hexOf, isDigest } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import { MANIFEST_BYTES } from '../base/limits.ts';
import { readWhole } from './body.ts';
import { MEDIA } from './descriptor.ts';
import { type Reference, type Repository, repositoryOf, showReference } from './reference.ts';
import { manifestRefusalOf, refusalOf } from './refusal.ts';
import type { Manifest } from './registry.ts';
import type { Ask, Remote } from './remote.ts';
import { type Answer, isSuccess } from './transport.ts';

const ACCEPTED = [
  MEDIA.ociManifest,
  MEDIA.ociIndex,
  MEDIA.dockerManifest,
  MEDIA.dockerIndex,
  // Not what we can use, but what we can refuse by name.
  MEDIA.dockerSchema1Signed,
  '*/*;q=0.1',
].join(', ');

/** GET of a manifest (distribution-spec, spec.md#pulling-manifests). */
export function getManifest(remote: Remote, reference: Reference, signal?: AbortSignal): Promise<Manifest> {
  const ask = askFor('GET', reference, signal);
  return remote.ask(ask, async answer => {
    if (answer.status !== 200) throw await refusalOf(answer, reference.registry, showReference(reference));
    const bytes = await readWhole(answer, MANIFEST_BYTES, showReference(reference));
    const digest = verified(bytes, reference.digest ?? digestIn(answer), reference);
    const mediaType = mediaTypeOf(bytes, answer.headers['content-type'], reference);
    return { descriptor: { mediaType, digest, size: bytes.length }, bytes };
  });
}

/** HEAD of a manifest: its digest, or undefined when it is not there. */
export function headManifest(
  remote: Remote,
  reference: Reference,
  signal?: AbortSignal,
): Promise<Digest | undefined> {
  return remote.ask(askFor('HEAD', reference, signal), async answer => {
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw await refusalOf(answer, reference.registry, showReference(reference));
    // Not every registry says the digest in a HEAD.
    const said = digestIn(answer) ?? reference.digest;
    return said ?? (await getManifest(remote, reference, signal)).descriptor.digest;
  });
}

/**
 * PUT of a manifest under a tag or its digest (spec.md#pushing-manifests). True when the registry has taken note of
 * the manifest's subject (spec.md#pushing-manifests-with-subject).
 */
export function putManifest(
  remote: Remote,
  repository: Repository,
  manifest: Manifest,
  tag?: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const { digest, mediaType } = manifest.descriptor;
  const subject = showReference({ ...repository, ...(tag === undefined ? {} : { tag }), digest });
  const ask: Ask = {
    ...{ repository, access: 'pull,push', method: 'PUT', subject, signal },
    target: `manifests/${tag ?? digest}`,
    headers: { 'content-type': mediaType },
    body: manifest.bytes,
    follow: true,
  };
  return remote.ask(ask, async answer => {
    // Quay says 202.
    if (!isSuccess(answer)) throw await manifestRefusalOf(answer, repository.registry, subject);
    const stored = digestIn(answer);
    if (stored !== undefined && stored !== digest && sameAlgorithm(stored, digest)) {
      throw new Failure('content-mismatch', `the registry stored the manifest as ${stored}`, { subject });
    }
    return answer.headers['oci-subject'] !== undefined;
  });
}

/** DELETE of a tag, or of a manifest by its digest (spec.md#content-management); false when it is not there. */
export function deleteManifest(remote: Remote, reference: Reference, signal?: AbortSignal): Promise<boolean> {
  const subject = showReference(reference);
  const ask: Ask = {
    repository: repositoryOf(reference),
    access: 'pull,delete',
    method: 'DELETE',
    target: `manifests/${reference.digest ?? reference.tag ?? 'latest'}`,
    subject,
    signal,
  };
  return remote.ask(ask, async answer => {
    if (answer.status === 404) return false;
    if (!isSuccess(answer)) throw await refusalOf(answer, reference.registry, subject);
    return true;
  });
}

function askFor(method: 'GET' | 'HEAD', reference: Reference, signal: AbortSignal | undefined): Ask {
  return {
    repository: repositoryOf(reference),
    access: 'pull',
    method,
    target: `manifests/${reference.digest ?? reference.tag ?? 'latest'}`,
    headers: { accept: ACCEPTED },
    follow: true,
    subject: showReference(reference),
    signal,
  };
}

function digestIn({ headers }: Answer): Digest | undefined {
  const said = headers['docker-content-digest'];
  return typeof said === 'string' && isDigest(said) ? said : undefined;
}

function sameAlgorithm(a: Digest, b: Digest): boolean {
  return a.length === b.length;
}

function verified(bytes: Buffer, expected: Digest | undefined, reference: Reference): Digest {
  if (expected === undefined) return digestOf(bytes);
  if (hashFor(expected).update(bytes).digest('hex') === hexOf(expected)) return expected;
  throw new Failure('content-mismatch', `the registry's manifest is not what ${expected} names`, {
    subject: showReference(reference),
  });
}

/** What the manifest says of itself counts, since it cannot change; else what the registry says; else its form. */
function mediaTypeOf(bytes: Buffer, header: string | string[] | undefined, reference: Reference): string {
  const json = parseManifest(bytes, showReference(reference));
  const said =
    String(header ?? '')
      .split(';', 1)[0]
      ?.trim() ?? '';
  if (json.schemaVersion === 1 || said === MEDIA.dockerSchema1 || said === MEDIA.dockerSchema1Signed) {
    throw new Failure(
      'registry-error',
      'the image is in the schema 1 format, which no registry takes any more',
      {
        subject: showReference(reference),
        hints: ['pull and push it with a current docker, which converts it'],
      },
    );
  }
  if (typeof json.mediaType === 'string' && json.mediaType !== '') return json.mediaType;
  if (KNOWN.has(said)) return said;
  return Array.isArray(json.manifests) ? MEDIA.ociIndex : MEDIA.ociManifest;
}

const KNOWN = new Set<string>([MEDIA.ociManifest, MEDIA.ociIndex, MEDIA.dockerManifest, MEDIA.dockerIndex]);

/** @throws Failure `registry-error` when a manifest is no JSON object */
export function parseManifest(bytes: Buffer, subject: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch {
    json = undefined;
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json))
    return json as Record<string, unknown>;
  throw new Failure('registry-error', 'the manifest is not a JSON object', { subject });
}
