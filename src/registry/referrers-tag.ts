import { type Digest, digestOf, isDigest } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import { type Descriptor, MEDIA } from './descriptor.ts';
import { getManifest, parseManifest, putManifest } from './manifests.ts';
import { type Repository, showReference } from './reference.ts';
import type { Manifest } from './registry.ts';
import type { Remote } from './remote.ts';

/** The tag that stands in for the referrers API (distribution-spec, spec.md#referrers-tag-schema): `sha256-<hex>`. */
export function referrersTag(subject: Digest): string {
  const [algorithm = '', hex = ''] = subject.split(':');
  return `${algorithm.slice(0, 32)}-${hex.slice(0, 64)}`;
}

/** A manifest with a subject, as an index of referrers has it. */
interface Referrer {
  readonly subject: Digest;
  readonly descriptor: Descriptor;
}

/** An index as it was found, with whatever else it says. */
interface FoundIndex {
  readonly manifests: readonly unknown[];
}

/**
 * Keeps the indexes under such tags at registries that do not look at subjects themselves
 * (spec.md#pushing-manifests-with-subject): each is read, extended and written, its other entries kept.
 */
export class ReferrersTags {
  readonly #remote: Remote;
  /** One after the other for each index: two at a time would undo each other. */
  readonly #updates = new Map<string, Promise<void>>();

  constructor(remote: Remote) {
    this.#remote = remote;
  }

  /**
   * Enters a manifest that was pushed, when it has a subject.
   * @throws Failure `registry-error` when the tag is taken by something else
   */
  async enter(repository: Repository, manifest: Manifest, signal?: AbortSignal): Promise<void> {
    const referrer = referrerOf(manifest);
    if (referrer === undefined) return;
    const name = showReference({ ...repository, tag: referrersTag(referrer.subject) });
    const before = this.#updates.get(name) ?? Promise.resolve();
    // An update that failed has told whoever asked for it.
    const update = before.catch(() => undefined).then(() => this.#update(repository, referrer, name, signal));
    this.#updates.set(name, update);
    await update;
  }

  async #update(
    repository: Repository,
    { subject, descriptor }: Referrer,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const tag = referrersTag(subject);
    const index = await this.#read(repository, subject, name, signal);
    if (index.manifests.some(entry => (entry as Descriptor | null)?.digest === descriptor.digest)) return;
    const bytes = Buffer.from(JSON.stringify({ ...index, manifests: [...index.manifests, descriptor] }));
    const written = { mediaType: MEDIA.ociIndex, digest: digestOf(bytes), size: bytes.length };
    await putManifest(this.#remote, repository, { descriptor: written, bytes }, tag, signal);
  }

  async #read(
    repository: Repository,
    subject: Digest,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<FoundIndex> {
    const tag = referrersTag(subject);
    const found = await getManifest(this.#remote, { ...repository, tag }, signal).catch(error => {
      if (error instanceof Failure && error.code === 'registry-missing') return undefined;
      throw error;
    });
    const empty: object = { schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests: [] };
    // GitLab's registry takes the tag for the digest that it is made of, and gives the subject itself.
    const isThere = found !== undefined && found.descriptor.digest !== subject;
    const index = isThere ? parseManifest(found.bytes, name) : empty;
    if ('manifests' in index && Array.isArray(index.manifests)) return index as FoundIndex;
    throw new Failure('registry-error', 'the tag under which attached artifacts are listed is taken', {
      subject: name,
      hints: ['delete this tag, or restore into another repository'],
    });
  }
}

function referrerOf({ descriptor, bytes }: Manifest): Referrer | undefined {
  const json = parseManifest(bytes, descriptor.digest);
  const subject = membersOf(json.subject).digest;
  if (typeof subject !== 'string' || !isDigest(subject)) return undefined;
  const artifactType = json.artifactType ?? membersOf(json.config).mediaType;
  const { mediaType, digest, size } = descriptor;
  return {
    subject,
    descriptor: {
      ...{ mediaType, digest, size },
      ...(typeof artifactType === 'string' && { artifactType }),
      ...(json.annotations !== undefined && {
        annotations: membersOf(json.annotations) as Record<string, string>,
      }),
    },
  };
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
