import { type Digest, hashFor, hexOf } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import { lengthOf } from './body.ts';
import type { Descriptor } from './descriptor.ts';
import type { BlobReader } from './ranges.ts';
import { type Repository, showReference } from './reference.ts';
import { refusalOf } from './refusal.ts';
import type { Ask, Remote } from './remote.ts';
import { type Answer, follow } from './transport.ts';

/** GET of a blob that fits in memory, verified (distribution-spec, spec.md#pulling-blobs). */
export async function getSmallBlob(
  reader: BlobReader,
  repository: Repository,
  { mediaType, digest, size }: Descriptor,
  limit: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  const subject = showReference({ ...repository, digest });
  if (size > limit) {
    throw new Failure('registry-error', `the blob has ${size} bytes, and ${limit} are the most`, { subject });
  }
  const bytes = Buffer.allocUnsafeSlow(size);
  const source = { descriptor: { mediaType, digest, size }, repositories: [repository] };
  await reader.read(source, { offset: 0, length: size, into: bytes, signal });
  if (hashFor(digest).update(bytes).digest('hex') === hexOf(digest)) return bytes;
  throw new Failure('content-mismatch', "the registry's blob is not what its digest names", { subject });
}

/**
 * HEAD of a blob.
 * @param size what it should have, as a manifest says, which may be anybody's
 * @throws Failure `content-mismatch` when the registry says that it has another
 */
export function headBlob(
  remote: Remote,
  repository: Repository,
  digest: Digest,
  signal?: AbortSignal,
  size?: number,
): Promise<boolean> {
  const subject = showReference({ ...repository, digest });
  const ask: Ask = {
    ...{ repository, access: 'pull', method: 'HEAD', target: `blobs/${digest}`, subject, signal },
  };
  return remote.ask(ask, async answer => {
    if (answer.status === 404) return false;
    const isElsewhere = answer.status > 300 && answer.status < 400;
    if (!isElsewhere && answer.status !== 200) throw await refusalOf(answer, repository.registry, subject);
    if (size === undefined) return true;
    const length = isElsewhere ? await lengthAtStore(remote, ask, answer) : lengthOf(answer, 0);
    // Some proxies make a zero of the length that a HEAD has no body for.
    if (length === size || (length === 0 && !isOfNothing(digest))) return true;
    throw new Failure('content-mismatch', `the registry has ${length} bytes of it and not ${size}`, {
      subject,
    });
  });
}

/**
 * The length of a blob where a registry sends us for it, which so has it. 0 when that place does not say: stores often
 * refuse a HEAD that was signed for a GET.
 */
async function lengthAtStore(remote: Remote, ask: Ask, { headers, url }: Answer): Promise<number> {
  const origin = new URL(await remote.network.origin(ask.repository.registry));
  try {
    const target = await follow(headers.location ?? '', url, origin, 'redirect');
    return await remote.once({ ...ask, target, follow: true }, async answer =>
      answer.status === 200 ? lengthOf(answer, 0) : 0,
    );
  } catch {
    // The blob itself will tell what is wrong there.
    return 0;
  }
}

/** Whether it is the digest of an empty blob. */
function isOfNothing(digest: Digest): boolean {
  return hashFor(digest).digest('hex') === hexOf(digest);
}
