import type { Digest } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import { ATTACHED_ARTIFACTS, MANIFEST_BYTES } from '../base/limits.ts';
import { readWhole } from './body.ts';
import { type Descriptor, MEDIA } from './descriptor.ts';
import { readManifest } from './image-manifest.ts';
import { pages } from './pages.ts';
import { type Repository, showReference } from './reference.ts';
import { refusalOf } from './refusal.ts';
import type { Ask, Remote } from './remote.ts';
import type { Answer } from './transport.ts';

/** How registries without the API answer, and ones in front of which a proxy lets only the older API through. */
const NO_API = new Set([400, 401, 403, 404, 405, 406, 501]);

/** Which manifests name another one as their subject, by the API (spec.md#listing-referrers). */
export class ReferrersApi {
  readonly #remote: Remote;
  /** Whether a registry has the API: its first answer tells for all its repositories. */
  readonly #served = new Map<string, Promise<boolean>>();

  constructor(remote: Remote) {
    this.#remote = remote;
  }

  /** Undefined where the registry has no such API. */
  async list(
    repository: Repository,
    subject: Digest,
    signal?: AbortSignal,
  ): Promise<readonly Descriptor[] | undefined> {
    const { registry } = repository;
    const known = this.#served.get(registry);
    if (known !== undefined) return (await known) ? this.#ask(repository, subject, signal) : undefined;
    const first = this.#ask(repository, subject, signal);
    const served = first.then(found => found !== undefined);
    this.#served.set(registry, served);
    // A failure decides nothing: whoever comes next asks anew.
    served.catch(() => this.#served.delete(registry));
    return first;
  }

  async #ask(
    repository: Repository,
    digest: Digest,
    signal: AbortSignal | undefined,
  ): Promise<Descriptor[] | undefined> {
    const subject = showReference({ ...repository, digest });
    const ask: Ask = {
      ...{ repository, access: 'pull', method: 'GET', target: `referrers/${digest}`, subject, signal },
      headers: { accept: MEDIA.ociIndex },
      follow: true,
    };
    const found: Descriptor[] = [];
    for await (const page of pages(this.#remote, ask, answer => readPage(answer, repository, subject))) {
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

async function readPage(
  answer: Answer,
  { registry }: Repository,
  subject: string,
): Promise<readonly Descriptor[] | undefined> {
  if (NO_API.has(answer.status)) return undefined;
  if (answer.status !== 200) throw await refusalOf(answer, registry, subject);
  // Web servers answer anything with a page.
  if (!String(answer.headers['content-type']).startsWith(MEDIA.ociIndex)) return undefined;
  return readManifest(await readWhole(answer, MANIFEST_BYTES, subject), subject).manifests;
}
