import { Failure } from '../base/errors.ts';
import type { KubeObject } from '../base/object.ts';
import type { ApiSurface, Cluster } from '../cluster/cluster.ts';
import type { FoundationFacts } from '../foundation/descriptor.ts';
import { controllerApp } from '../foundation/kapp.ts';
import { isKorifiConfig, korifiFacts } from '../foundation/korifi-facts.ts';

/** What must be known before the first object can be judged. */
export interface Survey {
  /** Korifi's own configuration. */
  readonly configs: readonly KubeObject[];
  readonly facts: FoundationFacts;
}

/** Reads ConfigMaps once: Korifi's configuration, and kapp's records of what kapp-controller deployed. */
export async function surveySource(
  cluster: Cluster,
  surface: ApiSurface,
  signal?: AbortSignal,
): Promise<Survey> {
  const configs: KubeObject[] = [];
  const controllerApps = new Set<string>();
  const resource = surface.find('', 'ConfigMap', ['v1']);
  if (resource === undefined) return { configs, facts: {} };
  try {
    for await (const page of cluster.list(resource, signal === undefined ? {} : { signal })) {
      for (const object of page) {
        if (isKorifiConfig(object)) configs.push(object);
        const app = controllerApp(object);
        if (app !== undefined) controllerApps.add(app);
      }
    }
  } catch (error) {
    // The listing of the catalog's kinds will report it as a loss; without facts every kapp label counts.
    if (error instanceof Failure && error.code === 'forbidden') return { configs, facts: {} };
    throw error;
  }
  const registrySecretNames = korifiFacts(configs)?.containerRegistrySecretNames;
  return { configs, facts: { controllerApps, ...(registrySecretNames && { registrySecretNames }) } };
}
