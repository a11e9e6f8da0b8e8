import { DOCKER_HUB, type Repository } from './reference.ts';

/** Registries that want something to exist before an image is pushed, and what makes it. */
const KINDS: readonly {
  readonly host: RegExp;
  /** How many parts of a repository's name have to be there. */
  readonly parts: number;
  readonly hint: (repository: Repository) => string;
}[] = [
  {
    host: /^\d+\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/,
    parts: Number.POSITIVE_INFINITY,
    hint: ({ registry, path }) =>
      `create it: aws ecr create-repository --region ${registry.split('.')[3]} --repository-name ${path}`,
  },
  {
    host: /^[a-z0-9-]+-docker\.pkg\.dev$/,
    parts: 2,
    hint: ({ registry, path }) =>
      `create it: gcloud artifacts repositories create ${path.split('/')[1] ?? 'NAME'} --repository-format=docker` +
      ` --location=${registry.replace(/-docker\.pkg\.dev$/, '')} --project=${path.split('/')[0]}`,
  },
  {
    host: new RegExp(`^${DOCKER_HUB.replaceAll('.', '\\.')}$`),
    parts: 1,
    hint: ({ path }) =>
      path.split('/').length > 2
        ? `Docker Hub has no deeper names than NAMESPACE/NAME: give ${path} a place with --registry-map`
        : 'Docker Hub makes repositories for their owner only: is this your namespace?',
  },
];

/**
 * What may have to be there before something is pushed to a repository: its project, the first part of its name, at most
 * registries.
 */
export function projectOf({ registry, path }: Repository): string {
  return path.split('/').slice(0, partsAt(registry)).join('/');
}

/** Whether a registry has no repositories but those that somebody has created. */
export function wantsRepositories(registry: string): boolean {
  return partsAt(registry) > 1;
}

function partsAt(registry: string): number {
  return KINDS.find(({ host }) => host.test(registry))?.parts ?? 1;
}

/** What to do about a repository that the registry does not know when something is pushed to it. */
export function repositoryHints(repository: Repository): string[] {
  const kind = KINDS.find(({ host }) => host.test(repository.registry));
  if (kind !== undefined) return [kind.hint(repository)];
  const [project = ''] = repository.path.split('/');
  return [`some registries want ${repository.path}, or its project ${project}, to be created first`];
}

/**
 * Registries that are known to take a blob in one piece only (Google), chunks of up to 4 MiB (GHCR), or chunks that they
 * count wrongly (ECR: aws/containers-roadmap#2831). Others say so when the first chunk comes, or the last.
 */
const WHOLE_ONLY =
  /(?:^|\.)gcr\.io$|\.pkg\.dev$|^ghcr\.io$|^public\.ecr\.aws$|\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/;

/** Whether a large blob may be tried in chunks there. */
export function takesChunks(registry: string): boolean {
  return !WHOLE_ONLY.test(registry);
}
