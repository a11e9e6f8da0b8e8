import type { KorifiFacts } from '../archive/plan.ts';
import type { KubeObject } from '../base/object.ts';
import type { ApiSurface, Cluster } from '../cluster/cluster.ts';
import { isKorifiConfig, korifiFacts } from '../foundation/korifi-facts.ts';

/** What the target is before anything is written to it. */
export interface Target {
  readonly surface: ApiSurface;
  readonly kubernetesVersion: string;
  /** Undefined when Korifi is not installed there (yet). */
  readonly korifi: KorifiFacts | undefined;
  /** Korifi's own registry logins (dockerconfigjson documents): whoever may push for it may push a restore. */
  readonly logins: readonly string[];
}

/** Reads the target: its API, and Korifi's own configuration, which says where images are to go. */
export async function surveyTarget(cluster: Cluster, signal?: AbortSignal): Promise<Target> {
  const [kubernetesVersion, surface] = await Promise.all([cluster.version(signal), cluster.discover(signal)]);
  const configs: KubeObject[] = [];
  const resource = surface.find('', 'ConfigMap', ['v1']);
  if (resource !== undefined) {
    for await (const page of cluster.list(resource, signal === undefined ? {} : { signal })) {
      configs.push(...page.filter(isKorifiConfig));
    }
  }
  const korifi = korifiFacts(configs);
  return { surface, kubernetesVersion, korifi, logins: await registryLogins(cluster, surface, korifi) };
}

async function registryLogins(
  cluster: Cluster,
  surface: ApiSurface,
  korifi: KorifiFacts | undefined,
): Promise<string[]> {
  const resource = surface.find('', 'Secret', ['v1']);
  if (resource === undefined || korifi === undefined) return [];
  const { rootNamespace, containerRegistrySecretNames } = korifi;
  const secrets = await Promise.all(
    containerRegistrySecretNames.map(name => cluster.get(resource, rootNamespace, name)),
  );
  return secrets.flatMap(secret => {
    const encoded = secret?.data?.['.dockerconfigjson'];
    return typeof encoded === 'string' ? [Buffer.from(encoded, 'base64').toString()] : [];
  });
}
