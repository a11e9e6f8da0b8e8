import type { KubeObject } from '../base/object.ts';
import type { ApiSurface, Cluster, ListOptions } from '../cluster/cluster.ts';
import { type Authority, authoritiesOf, authoritySecrets, KORIFI_API } from '../foundation/authorities.ts';
import { CARVEL_CONFIG } from '../foundation/kinds/common.ts';
import { texts } from '../foundation/path.ts';

/**
 * The authorities that the target itself trusts its registries by: Korifi's, kapp-controller's, and those in the
 * values of installed packages. The archive's are the source's business.
 * @param ifAllowed gives nothing where something may not be read
 */
export async function targetAuthorities(
  cluster: Cluster,
  surface: ApiSurface,
  ifAllowed: <T>(read: () => Promise<T[]>) => Promise<T[]>,
  signal?: AbortSignal,
): Promise<Authority[]> {
  const named = (group: string, kind: string, name?: string) =>
    ifAllowed(() =>
      all(cluster, surface, group, kind, {
        ...(name !== undefined && { fieldSelector: `metadata.name=${name}` }),
        ...(signal && { signal }),
      }),
    );
  const [deployments, secrets, configMaps, installs] = await Promise.all([
    named('apps', 'Deployment', KORIFI_API),
    named('', 'Secret', CARVEL_CONFIG),
    named('', 'ConfigMap', CARVEL_CONFIG),
    named('packaging.carvel.dev', 'PackageInstall'),
  ]);
  const korifi = new Set(deployments.flatMap(authoritySecrets));
  const values = installs.flatMap(install =>
    texts(install, 'spec.values[].secretRef.name').map(name => `${install.metadata.namespace}/${name}`),
  );
  const resource = surface.find('', 'Secret', ['v1']);
  const read = async (place: string) => {
    const [namespace, name = ''] = place.split('/');
    const secret = resource && (await cluster.get(resource, namespace, name, signal));
    return secret === undefined ? [] : [secret];
  };
  const places = [...new Set([...korifi, ...values])];
  const referred = await Promise.all(places.map(place => ifAllowed(() => read(place))));
  return [...secrets, ...configMaps, ...referred.flat()].flatMap(object => authoritiesOf(object, korifi));
}

async function all(
  cluster: Cluster,
  surface: ApiSurface,
  group: string,
  kind: string,
  options: ListOptions,
): Promise<KubeObject[]> {
  const resource = surface.find(group, kind, ['v1', 'v1alpha1']);
  const objects: KubeObject[] = [];
  if (resource === undefined) return objects;
  for await (const page of cluster.list(resource, options)) objects.push(...page);
  return objects;
}
