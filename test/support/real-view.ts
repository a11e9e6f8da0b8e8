import { idOf, keyOf } from '../../src/base/object.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { View } from '../../src/sandbox/compare/view.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';

/** What tells whether an object was touched, or made again. */
export interface Version {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** Every object of the sandbox's kinds, by its key; not those of the servers, which renew their leases. */
export async function snapshot(cluster: Cluster): Promise<Map<string, Version>> {
  const view = await View.of(cluster);
  const objects = Object.values(KINDS).flatMap(kind => view.all(kind));
  return new Map(
    objects
      .filter(({ metadata }) => metadata.namespace !== 'kube-system')
      .map(object => {
        const { uid = '', resourceVersion = '' } = object.metadata;
        return [keyOf(idOf(object)), { uid, resourceVersion }];
      }),
  );
}

/** Droplets of builds, as `repository@digest` without the registry's host. */
export function dropletsOf(view: View, host: string): Set<string> {
  const images = view.all(KINDS.CFBuild).map(({ status }) => status?.droplet?.registry.image);
  return new Set(
    images.filter(image => image !== undefined).map((image: string) => image.replace(`${host}/`, '')),
  );
}
