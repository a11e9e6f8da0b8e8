import { Failure } from '../base/errors.ts';
import type { KubeObject } from '../base/object.ts';
import type { ApiResource, ApiSurface, Cluster, ListOptions } from '../cluster/cluster.ts';
import { type Authority, authoritiesOf, authoritySecrets, KORIFI_API } from '../foundation/authorities.ts';
import type { FoundationFacts } from '../foundation/descriptor.ts';
import { controllerApp } from '../foundation/kapp.ts';
import { isKorifiConfig, korifiFacts } from '../foundation/korifi-facts.ts';

/** What must be known before the first object can be judged. */
export interface Survey {
  /** By whom registries may be signed, as far as ConfigMaps say it. */
  readonly authorities: readonly Authority[];
  /** Secrets (`NAMESPACE/NAME`) that say more of that. */
  readonly authoritySecrets: ReadonlySet<string>;
  /** Korifi's own configuration. */
  readonly configs: readonly KubeObject[];
  readonly facts: FoundationFacts;
}

/**
 * Reads ConfigMaps once: Korifi's configuration, kapp's records of what kapp-controller deployed, and the authorities
 * that kapp-controller trusts. What may not be read is left out: the listing of the catalog's kinds reports it, and
 * without facts every kapp label counts.
 */
export async function surveySource(
  cluster: Cluster,
  surface: ApiSurface,
  signal?: AbortSignal,
): Promise<Survey> {
  const configs: KubeObject[] = [];
  const controllerApps = new Set<string>();
  const authorities: Authority[] = [];
  const options = signal === undefined ? {} : { signal };
  const isRead = await readAll(cluster, surface.find('', 'ConfigMap', ['v1']), options, object => {
    if (isKorifiConfig(object)) configs.push(object);
    const app = controllerApp(object);
    if (app !== undefined) controllerApps.add(app);
    authorities.push(...authoritiesOf(object, new Set()));
  });
  const secrets: string[] = [];
  const byName = { ...options, fieldSelector: `metadata.name=${KORIFI_API}` };
  await readAll(cluster, surface.find('apps', 'Deployment', ['v1']), byName, object => {
    secrets.push(...authoritySecrets(object));
  });
  const registrySecretNames = korifiFacts(configs)?.containerRegistrySecretNames;
  const facts = isRead ? { controllerApps, ...(registrySecretNames && { registrySecretNames }) } : {};
  return { configs, facts, authorities, authoritySecrets: new Set(secrets) };
}

/** False when the kind is not there, or may not be read. */
async function readAll(
  cluster: Cluster,
  resource: ApiResource | undefined,
  options: ListOptions,
  see: (object: KubeObject) => void,
): Promise<boolean> {
  if (resource === undefined) return false;
  try {
    for await (const page of cluster.list(resource, options)) page.forEach(see);
    return true;
  } catch (error) {
    if (error instanceof Failure && error.code === 'forbidden') return false;
    throw error;
  }
}
