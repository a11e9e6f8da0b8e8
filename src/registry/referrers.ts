import type { Digest } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import { ATTACHED_ARTIFACTS, MANIFEST_BYTES } from '../base/limits.ts';
import { readWhole } from './body.ts';
import { type Descriptor, MEDIA } from './descriptor.ts';
import { readManifest } from './image-manifest.ts';
import { pages } from './pages.ts';
import { type Repository, showReference, showRepository } from './reference.ts';
import { refusalOf } from './refusal.ts';
import type { Ask, Remote } from './remote.ts';
import type { Answer } from './transport.ts';

/** How registries without the API answer, and ones in front of which a proxy lets only the older API through. */
const NO_API = new Set([400, 401, 403, 404, 405, 406, 501]);

/**
 * Which manifests name another one as their subject, by the API (spec.md#listing-referrers). That there is none is
 * believed when it was said twice: the first answer may be a passing refusal, and signatures would be lost silently. A
 * repository that is known to have it refuses when it answers so.
 */
export class ReferrersApi {
  readonly #remote: Remote;
  /**
   * Whether a registry has the API, and whether a repository has: a registry without it has none for all of them, and of
   * one with it some may be copies of registries without.
   */
  readonly #served = new Map<string, Promise<boolean>>();

  constructor(remote: Remote) {
    this.#remote = remote;
  }

  /** Undefined where there is no such API. */
  async list(
    repository: Repository,
    subject: Digest,
    signal?: AbortSignal,
  ): Promise<readonly Descriptor[] | undefined> {
    const { registry } = repository;
    const name = showRepository(repository);
    const inRegistry = this.#served.get(registry);
    if (inRegistry !== undefined && !(await inRegistry)) return undefined;
    const known = this.#served.get(name);
    if (known !== undefined) return (await known) ? this.#ask(repository, subject, true, signal) : undefined;
    const ask = () => this.#ask(repository, subject, false, signal);
    const first = ask().then(found => found ?? ask());
    this.#note(name, first);
    if (!this.#served.has(registry)) this.#note(registry, first);
    return first;
  }

  /** A failure decides nothing: whoever comes next asks anew. */
  #note(place: string, first: Promise<unknown>): void {
    const served = first.then(found => found !== undefined);
    this.#served.set(place, served);
    served.catch(() => this.#served.delete(place));
  }

  async #ask(
    repository: Repository,
    digest: Digest,
    isServed: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Descriptor[] | undefined> {
    const subject = showReference({ ...repository, digest });
    const ask: Ask = {
      ...{ repository, access: 'pull', method: 'GET', target: `referrers/${digest}`, subject, signal },
      headers: { accept: MEDIA.ociIndex },
      follow: true,
    };
    const found: Descriptor[] = [];
    let isKnown = isServed;
    const read = async (answer: Answer) => {
      const page = isApiAnswer(answer) ? await readPage(answer, subject) : undefined;
      if (page === undefined && (isKnown || !isNoApi(answer))) {
        throw await refusalOf(answer, repository.registry, subject);
      }
      isKnown = true;
      return page;
    };
    for await (const page of pages(this.#remote, ask, read)) {
      if (page === undefined) return undefined;
      found.push(...page);
      if (found.length > ATTACHED_ARTIFACTS) throw tooMany(subject);
    }
    return found;
  }
}

function tooMany(subject: string): Failure {
  return new Failure('registry-error', `more than ${ATTACHED_ARTIFACTS} artifacts are attached to it`, {
    subject,
  });
}

/** Web servers answer anything with a page. */
function isApiAnswer({ status, headers }: Answer): boolean {
  return status === 200 && String(headers['content-type']).startsWith(MEDIA.ociIndex);
}

function isNoApi({ status }: Answer): boolean {
  return status === 200 || NO_API.has(status);
}

async function readPage(answer: Answer, subject: string): Promise<readonly Descriptor[]> {
  return readManifest(await readWhole(answer, MANIFEST_BYTES, subject), subject).manifests;
}
