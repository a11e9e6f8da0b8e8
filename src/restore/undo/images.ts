import type { Digest } from '../../base/digest.ts';
import { Failure, reasonOf } from '../../base/errors.ts';
import type { Loss } from '../../base/losses.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { CATALOG } from '../../foundation/catalog.ts';
import { imagesOf } from '../../foundation/images.ts';
import type { Report } from '../../progress/events.ts';
import {
  parseReference,
  parseRepository,
  type Reference,
  type Repository,
  repositoryOf,
  showReference,
  showRepository,
} from '../../registry/reference.ts';
import type { Registries } from '../../registry/registry.ts';
import type { Journal } from '../journal/journal.ts';
import type { ManifestIntent } from '../journal/records.ts';

interface RemovedImages {
  /** Manifests and tags. */
  readonly removed: number;
  readonly losses: readonly Loss[];
}

/**
 * Deletes from registries what a restore was the first to put there.
 *
 *     a repository that some object of the cluster still names        → all of it stays
 *     a tag that names another image by now, or is gone               → left alone
 *     a manifest that was there before, or that some other tag names  → stays
 *     a registry that does not delete                                 → a loss, and the next repository
 *
 * Layers go with the registry's own garbage collection: nobody can tell from outside who else uses them.
 */
export async function removeImages(
  journal: Journal,
  cluster: Cluster,
  registries: Registries,
  report: Report,
  signal?: AbortSignal,
): Promise<RemovedImages> {
  report({ type: 'phase', phase: 'images' });
  const named = await repositoriesNamed(cluster, signal);
  const byRepository = Map.groupBy(journal.pushed(), ({ repository }) => repository);
  const losses: Loss[] = [];
  let removed = 0;
  for (const [repository, pushed] of byRepository) {
    const keep = (reason: string) => losses.push({ kind: 'object-kept', subject: repository, reason });
    if (named.has(repository)) {
      keep('its images stay: the foundation still names some of them');
      continue;
    }
    try {
      removed += await removeFrom(parseRepository(repository), pushed, registries, report, signal);
    } catch (error) {
      if (signal?.aborted || !(error instanceof Failure)) throw error;
      keep(`its images stay: ${reasonOf(error)}`);
    }
  }
  return { removed, losses };
}

async function removeFrom(
  at: Repository,
  pushed: readonly ManifestIntent[],
  registries: Registries,
  report: Report,
  signal: AbortSignal | undefined,
): Promise<number> {
  const tags = await registries.tags(at, signal);
  if (tags === undefined) throw new Failure('registry-error', 'it has more tags than can be looked at');
  const ours = new Map(pushed.flatMap(({ tag, digest }) => (tag === undefined ? [] : [[tag, digest]])));
  const used = new Set<string>();
  const untag: Reference[] = [];
  for (const tag of tags) {
    const digest = await registries.hasManifest({ ...at, tag }, signal);
    if (digest === undefined) continue;
    if (ours.get(tag) === digest) untag.push({ ...at, tag });
    else used.add(digest);
  }
  let removed = 0;
  const remove = async (reference: Reference) => {
    if (!(await registries.deleteManifest(reference, signal))) return;
    removed++;
    report({ type: 'manifest-done', reference: showReference(reference) });
  };
  const digests = pushed.flatMap(({ tag, digest }) =>
    tag === undefined && !used.has(digest) ? [digest] : [],
  );
  // Where tags cannot be deleted they go with their manifests; where these have to stay it is a loss.
  const goes = new Set(digests);
  for (const reference of untag) {
    await remove(reference).catch(error => {
      if (!goes.has(ours.get(reference.tag ?? '') ?? '')) throw error;
    });
  }
  // Children were pushed before their parents.
  for (const digest of digests.reverse()) await remove({ ...at, digest: digest as Digest });
  return removed;
}

/** Every repository that an object of the cluster names, in its spec or its status. */
async function repositoriesNamed(cluster: Cluster, signal: AbortSignal | undefined): Promise<Set<string>> {
  const surface = await cluster.discover(signal);
  const named = new Set<string>();
  for (const descriptor of CATALOG) {
    const resource = surface.find(descriptor.group, descriptor.kind, descriptor.versions);
    if (descriptor.images === undefined || resource === undefined) continue;
    for await (const page of cluster.list(resource, signal === undefined ? {} : { signal })) {
      for (const { text } of page.flatMap(object => imagesOf(descriptor, object))) {
        const reference = referenceIn(text);
        if (reference !== undefined) named.add(showRepository(repositoryOf(reference)));
      }
    }
  }
  return named;
}

/** What somebody has written into a field for images need not be one. */
function referenceIn(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch {
    return undefined;
  }
}
