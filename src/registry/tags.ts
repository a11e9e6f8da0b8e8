import { MANIFEST_BYTES, TAGS_LISTED } from '../base/limits.ts';
import { readWhole } from './body.ts';
import { parseManifest } from './manifests.ts';
import { pages } from './pages.ts';
import { isTag, type Repository, showRepository } from './reference.ts';
import { refusalOf } from './refusal.ts';
import type { Ask, Remote } from './remote.ts';

/** Tags asked for at a time; what most registries give at most. */
const PAGE = 1000;

/** The tags of a repository (distribution-spec, spec.md#listing-tags); undefined when they are too many to list. */
export async function listTags(
  remote: Remote,
  repository: Repository,
  signal?: AbortSignal,
): Promise<ReadonlySet<string> | undefined> {
  const subject = showRepository(repository);
  const ask: Ask = {
    ...{ repository, access: 'pull', method: 'GET', target: `tags/list?n=${PAGE}`, follow: true },
    ...{ subject, signal },
  };
  const tags = new Set<string>();
  const read = async (answer: Parameters<typeof refusalOf>[0]) => {
    if (answer.status !== 200) throw await refusalOf(answer, repository.registry, subject);
    return parseManifest(await readWhole(answer, MANIFEST_BYTES, subject), subject).tags;
  };
  for await (const page of pages(remote, ask, read)) {
    // A repository without tags has null there.
    for (const tag of Array.isArray(page) ? page : []) {
      if (typeof tag === 'string' && isTag(tag)) tags.add(tag);
    }
    if (tags.size > TAGS_LISTED) return undefined;
  }
  return tags;
}
