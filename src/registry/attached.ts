import type { Digest } from '../base/digest.ts';
import { Failure, reasonOf } from '../base/errors.ts';
import { ATTACHED_ARTIFACTS, IMAGE_DEPTH } from '../base/limits.ts';
import type { Gate } from './gate.ts';
import { readManifest } from './image-manifest.ts';
import { once } from './once.ts';
import { type Reference, type Repository, showReference, showRepository } from './reference.ts';
import { referrersTag } from './referrers-tag.ts';
import type { Manifest, Registries } from './registry.ts';
import type { Attached, AttachedSet, ResolvedContent } from './resolved.ts';

/** Endings of the tags by which cosign finds a signature, attestations and an SBOM: `sha256-<hex>.sig`. */
const COSIGN = ['sig', 'att', 'sbom'] as const;

interface FinderOptions {
  readonly registries: Registries;
  readonly gate: Gate;
  readonly manifest: (reference: Reference) => Promise<Manifest>;
  readonly resolve: (reference: Reference) => Promise<ResolvedContent>;
  readonly signal: AbortSignal | undefined;
}

/** A manifest that something may be attached to. */
interface Subject {
  readonly repository: Repository;
  readonly digest: Digest;
}

type Lack = AttachedSet['lacking'][number];

/**
 * Finds what is attached to images, in the images' own repositories:
 * ```
 * for every manifest of the image, and then for every manifest that was found this way:
 *   referrers   the API, or where a registry has none (one answer tells) the index under `sha256-<hex>`
 *   cosign      the tags `sha256-<hex>.sig`, `.att`, `.sbom`
 * ```
 * The tags of a repository are listed once, so that an image without anything attached costs one request where the
 * API is there, and none where it is not. What cannot be had is told and does not take the image with it.
 */
export class AttachedFinder {
  readonly #options: FinderOptions;
  readonly #direct = new Map<string, Promise<AttachedSet>>();
  readonly #tags = new Map<string, Promise<ReadonlySet<string> | undefined>>();

  constructor(options: FinderOptions) {
    this.#options = options;
  }

  async find(images: readonly ResolvedContent[]): Promise<AttachedSet> {
    const found: Attached[] = [];
    const lacking: Lack[] = [];
    const asked = new Set<string>();
    let subjects = subjectsOf(images, asked);
    for (let depth = 0; subjects.length > 0; depth++) {
      if (depth > IMAGE_DEPTH || found.length > ATTACHED_ARTIFACTS) {
        const bound = `more than ${depth > IMAGE_DEPTH ? `${IMAGE_DEPTH} in a row` : ATTACHED_ARTIFACTS}`;
        lacking.push({ what: 'more that is attached', reason: bound, isMissing: false });
        break;
      }
      const sets = await Promise.all(subjects.map(subject => this.#attachedTo(subject)));
      const fresh = sets.flatMap(set => set.found);
      found.push(...fresh);
      lacking.push(...sets.flatMap(set => set.lacking));
      subjects = subjectsOf(
        fresh.map(({ content }) => content),
        asked,
      );
    }
    return { found, lacking };
  }

  #attachedTo(subject: Subject): Promise<AttachedSet> {
    return once(this.#direct, nameOf(subject), () => this.#look(subject));
  }

  async #look(subject: Subject): Promise<AttachedSet> {
    const { repository } = subject;
    try {
      const tags = await this.#cosignTags(subject);
      const tagged = await Promise.all(tags.map(tag => this.#resolve(subject, tag)));
      // What is found both ways is there once for each of its tags.
      const known = new Set(tagged.map(one => ('content' in one ? one.content.root.digest : undefined)));
      const referrers = (await this.#referrers(subject)).filter(one => !known.has(one)).sort();
      const others = await Promise.all(
        referrers.map(one => this.#resolve(subject, { ...repository, digest: one })),
      );
      const results = [...others, ...tagged];
      return {
        found: results.filter(one => 'content' in one),
        lacking: results.filter(one => 'reason' in one),
      };
    } catch (error) {
      return { found: [], lacking: [this.#lack(error, `what is attached to ${nameOf(subject)}`)] };
    }
  }

  async #resolve({ digest }: Subject, reference: Reference): Promise<Attached | Lack> {
    const { tag } = reference;
    try {
      const content = await this.#options.resolve(reference);
      return { subject: digest, content, ...(tag !== undefined && { tag }) };
    } catch (error) {
      return this.#lack(error, showReference(reference));
    }
  }

  /** @throws what is no failure of a registry, and an interrupt */
  #lack(error: unknown, what: string): Lack {
    if (this.#options.signal?.aborted || !(error instanceof Failure)) throw error;
    return { what, reason: reasonOf(error), isMissing: error.code === 'registry-missing' };
  }

  async #referrers({ repository, digest }: Subject): Promise<Digest[]> {
    const { registries, gate, signal } = this.#options;
    const listed = await gate.run(() => registries.referrers(repository, digest, signal));
    const tag = referrersTag(digest);
    const tags = await this.#tagsOf(repository);
    // A registry that has learnt the API lately may still hold indexes from before.
    const index =
      listed === undefined || tags?.has(tag) ? await this.#tagged({ ...repository, tag }, tags) : undefined;
    // GitLab's registry takes the tag for the digest that it is made of, and gives the subject itself.
    const isIndex = index !== undefined && index.descriptor.digest !== digest;
    const inIndex = isIndex ? readManifest(index.bytes, nameOf({ repository, digest })).manifests : [];
    const all = new Set([...(listed ?? []), ...inIndex].map(one => one.digest));
    if (all.size <= ATTACHED_ARTIFACTS) return [...all];
    throw new Failure('registry-error', `more than ${ATTACHED_ARTIFACTS} artifacts are attached to it`);
  }

  async #cosignTags({ repository, digest }: Subject): Promise<Reference[]> {
    const tags = await this.#tagsOf(repository);
    const wanted = COSIGN.map(ending => ({ ...repository, tag: `${digest.replace(':', '-')}.${ending}` }));
    const manifests = await Promise.all(wanted.map(reference => this.#tagged(reference, tags)));
    return wanted.filter((_, index) => manifests[index] !== undefined);
  }

  /** The manifest under a tag that may not be there. */
  async #tagged(
    reference: Reference & { tag: string },
    tags: ReadonlySet<string> | undefined,
  ): Promise<Manifest | undefined> {
    if (tags !== undefined && !tags.has(reference.tag)) return undefined;
    return this.#options.manifest(reference).catch(error => {
      // One that is listed is there.
      if (tags === undefined && error instanceof Failure && ABSENT.has(error.code)) return undefined;
      throw error;
    });
  }

  /** Undefined when the registry does not list them. */
  #tagsOf(repository: Repository): Promise<ReadonlySet<string> | undefined> {
    const { registries, gate, signal } = this.#options;
    return once(this.#tags, showRepository(repository), () =>
      gate
        .run(() => registries.tags(repository, signal))
        .catch(error => {
          if (error instanceof Failure && error.code !== 'not-connected') return undefined;
          throw error;
        }),
    );
  }
}

/** Some registries forbid what is not there, and so imgpkg takes it (imgpkg, signature/cosign.go). */
const ABSENT = new Set<Failure['code']>(['registry-missing', 'registry-unauthorized']);

/** The manifests that were not asked about before. */
function subjectsOf(images: readonly ResolvedContent[], asked: Set<string>): Subject[] {
  const subjects = images.flatMap(({ repository, manifests }) =>
    manifests.map(({ descriptor }) => ({ repository, digest: descriptor.digest })),
  );
  return subjects.filter(subject => {
    const isFresh = !asked.has(nameOf(subject));
    asked.add(nameOf(subject));
    return isFresh;
  });
}

function nameOf({ repository, digest }: Subject): string {
  return showReference({ ...repository, digest });
}
