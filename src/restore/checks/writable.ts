import { mapLimit } from '../../base/concurrency.ts';
import { Failure, reasonOf } from '../../base/errors.ts';
import type { Finding } from '../../base/findings.ts';
import { RESOLVES_IN_FLIGHT } from '../../base/limits.ts';
import { projectOf, wantsRepositories } from '../../registry/hints.ts';
import { type Repository, showRepository } from '../../registry/reference.ts';
import type { Registries } from '../../registry/registry.ts';

/** A repository that cannot be pushed to. */
interface Refusal {
  readonly finding: Finding;
  /** Something has to be created first. */
  readonly isMissing: boolean;
}

/**
 * Where images cannot be pushed:
 *
 *     of each registry      one repository is tried: rights are given by registry or project
 *     if it is not there,
 *     or each has to exist  one of each other project too (ECR: each repository), so that all are created in one go
 *
 * Each try costs two requests and leaves nothing.
 */
export async function notWritable(
  repositories: readonly Repository[],
  registries: Registries,
  signal?: AbortSignal,
): Promise<Finding[]> {
  const attempt = (repository: Repository) => tryPushing(repository, registries, signal);
  const groups = Map.groupBy(repositories, ({ registry }) => registry);
  const refusals = await mapLimit([...groups.values()], RESOLVES_IN_FLIGHT, async group => {
    const first = group.at(-1);
    if (first === undefined) return [];
    const refused = await attempt(first);
    const isEnough = refused === undefined ? !wantsRepositories(first.registry) : !refused.isMissing;
    const projects = new Map(group.map(repository => [projectOf(repository), repository]));
    projects.delete(projectOf(first));
    const others = [...projects.values()];
    return [refused, ...(isEnough ? [] : await mapLimit(others, RESOLVES_IN_FLIGHT, attempt))];
  });
  return refusals.flat().flatMap(refusal => (refusal === undefined ? [] : [refusal.finding]));
}

async function tryPushing(
  repository: Repository,
  registries: Registries,
  signal: AbortSignal | undefined,
): Promise<Refusal | undefined> {
  try {
    await registries.checkWritable(repository, signal);
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const text = `images cannot be pushed to ${showRepository(repository)}: ${reasonOf(error)}`;
    const [hint] = error.hints;
    const subject = repository.registry;
    return {
      finding: { code: 'registry-not-writable', severity: 'refuse', subject, text, ...(hint && { hint }) },
      isMissing: error.code === 'registry-missing',
    };
  }
}
