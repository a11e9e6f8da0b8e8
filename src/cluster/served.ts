import type { KubeObject } from '../base/object.ts';
import { ApiFailure, type ApiResource, type ApiSurface, type Cluster } from './cluster.ts';

/** A kind, and the versions in which it can be read, the preferred one first. */
interface Wanted extends Omit<ApiResource, 'version'> {
  readonly versions: readonly string[];
}

/**
 * All objects of some kinds, none of a kind that is not served. They are looked for where they should be; only when one
 * is not there, the server is asked what it serves: few requests wait for others, for whom somebody waits.
 *
 * @throws Failure as {@link Cluster.list}
 */
export async function listWhereServed(cluster: Cluster, kinds: readonly Wanted[]): Promise<KubeObject[]> {
  let surface: Promise<ApiSurface> | undefined;
  const lists = kinds.map(async ({ versions, ...kind }) => {
    const [version = 'v1'] = versions;
    const listed = await unlessAbsent(all(cluster, { ...kind, version }));
    if (listed !== undefined) return listed;
    surface ??= cluster.discover();
    const resource = (await surface).find(kind.group, kind.kind, versions);
    return resource === undefined ? [] : all(cluster, resource);
  });
  return (await Promise.all(lists)).flat();
}

async function all(cluster: Cluster, resource: ApiResource): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  for await (const page of cluster.list(resource)) objects.push(...page);
  return objects;
}

async function unlessAbsent<T>(list: Promise<T>): Promise<T | undefined> {
  try {
    return await list;
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 404) return undefined;
    throw error;
  }
}
