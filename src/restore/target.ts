import type { KorifiFacts } from '../archive/plan.ts';
import { Failure } from '../base/errors.ts';
import type { KubeObject } from '../base/object.ts';
import type { ApiSurface, Cluster } from '../cluster/cluster.ts';
import type { Authority } from '../foundation/authorities.ts';
import { KORIFI } from '../foundation/kinds/common.ts';
import { isKorifiConfig, KorifiObjects, korifiFacts } from '../foundation/korifi-facts.ts';
import { loginDocument } from '../foundation/login-document.ts';
import { runningVersion } from './running-version.ts';
import { targetAuthorities } from './target-authorities.ts';

/** What the target is before anything is written to it. */
export interface Target {
  readonly surface: ApiSurface;
  readonly kubernetesVersion: string;
  /** Undefined when Korifi is not installed there (yet). */
  readonly korifi: KorifiFacts | undefined;
  /** Korifi's own registry logins (dockerconfigjson documents): whoever may push for it may push a restore. */
  readonly logins: readonly string[];
  /** By whom its registries may be signed. */
  readonly authorities: readonly Authority[];
}

/**
 * Reads the target: its API, and Korifi's own configuration, which says where images are to go. What may not be read
 * is left out: the checks of a restore will say which rights are missing, all at once.
 */
export async function surveyTarget(cluster: Cluster, signal?: AbortSignal): Promise<Target> {
  const [kubernetesVersion, surface] = await Promise.all([cluster.version(signal), cluster.discover(signal)]);
  const configs = await ifAllowed(() => korifiConfigs(cluster, surface, signal));
  const configured = korifiFacts(configs, await korifiObjects(cluster, surface, signal));
  const version = configured && (await runningVersion(cluster, surface, configured.rootNamespace));
  const korifi = configured && { ...configured, ...(version !== undefined && { version }) };
  const logins = korifi === undefined ? [] : await ifAllowed(() => registryLogins(cluster, surface, korifi));
  const authorities = await targetAuthorities(cluster, surface, ifAllowed, signal);
  return { surface, kubernetesVersion, korifi, logins, authorities };
}

async function ifAllowed<T>(read: () => Promise<T[]>): Promise<T[]> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Failure && error.code === 'forbidden') return [];
    throw error;
  }
}

async function korifiConfigs(
  cluster: Cluster,
  surface: ApiSurface,
  signal?: AbortSignal,
): Promise<KubeObject[]> {
  const configs: KubeObject[] = [];
  const resource = surface.find('', 'ConfigMap', ['v1']);
  if (resource === undefined) return configs;
  for await (const page of cluster.list(resource, signal === undefined ? {} : { signal })) {
    configs.push(...page.filter(isKorifiConfig));
  }
  return configs;
}

/** What orgs and domains say: which Korifi made them, and which domains there are. */
async function korifiObjects(
  cluster: Cluster,
  surface: ApiSurface,
  signal?: AbortSignal,
): Promise<KorifiObjects> {
  const objects = new KorifiObjects();
  for (const kind of ['CFOrg', 'CFDomain']) {
    const resource = surface.find(KORIFI, kind, ['v1alpha1']);
    if (resource === undefined) continue;
    await ifAllowed(async () => {
      const pages = cluster.list(resource, signal === undefined ? {} : { signal });
      for await (const page of pages) for (const object of page) objects.see(object);
      return [];
    });
  }
  return objects;
}

async function registryLogins(cluster: Cluster, surface: ApiSurface, korifi: KorifiFacts): Promise<string[]> {
  const resource = surface.find('', 'Secret', ['v1']);
  if (resource === undefined) return [];
  const { rootNamespace, containerRegistrySecretNames: names } = korifi;
  const secrets = await Promise.all(names.map(name => cluster.get(resource, rootNamespace, name)));
  return secrets.flatMap(secret => (secret && loginDocument(secret)) ?? []);
}
