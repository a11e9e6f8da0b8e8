import { Flow } from '../../src/base/flow.ts';
import type { KubeObject } from '../../src/base/object.ts';
import { type ApiCluster, connectCluster } from '../../src/cluster/client.ts';
import type { ApiResource } from '../../src/cluster/cluster.ts';
import { openRegistries } from '../../src/commands/from-flags/registries.ts';
import type { Registries } from '../../src/registry/registry.ts';
import { surveyTarget, type Target } from '../../src/restore/target.ts';

/** One of the two foundations, as it was found. */
export interface Side {
  readonly name: 'source' | 'target';
  readonly context: string;
  readonly cluster: ApiCluster;
  readonly registries: Registries;
  readonly korifi: NonNullable<Target['korifi']>;
  /** The resource of a kind of Korifi's or Kubernetes' own. */
  resource(kind: string, group?: string): ApiResource;
  /** Whether the cluster serves a kind. */
  serves(kind: string, group: string): boolean;
  /** All objects of a kind in these namespaces; none where the kind is not served. */
  list(kind: string, namespaces: readonly string[], group?: string): Promise<KubeObject[]>;
  close(): Promise<void>;
}

const CF = 'korifi.cloudfoundry.org';
const CONCURRENCY = 4;

/** Connects to a foundation and reads how its Korifi is set up. @throws Error where there is none */
export async function openSide(
  name: Side['name'],
  context: string,
  registryFlags: Parameters<typeof openRegistries>[0],
): Promise<Side> {
  const cluster = await connectCluster({ context });
  const report = () => undefined;
  const { registries, onPullSecret } = await openRegistries(
    registryFlags,
    cluster,
    report,
    new Flow(CONCURRENCY),
  );
  const { korifi, surface, logins } = await surveyTarget(cluster);
  if (korifi === undefined) throw new Error(`no Korifi is installed in ${context}`);
  for (const login of logins) onPullSecret(login);
  const find = (kind: string, group = CF) =>
    surface.find(group, kind, ['v1', 'v1beta1', 'v1alpha2', 'v1alpha1']);
  return {
    name,
    context,
    cluster,
    registries,
    korifi,
    resource: (kind, group) => {
      const found = find(kind, group);
      if (found === undefined) throw new Error(`${context} does not serve ${kind}`);
      return found;
    },
    serves: (kind, group) => find(kind, group) !== undefined,
    list: async (kind, namespaces, group) => {
      const found = find(kind, group);
      if (found === undefined) return [];
      const objects: KubeObject[] = [];
      for (const namespace of namespaces) {
        const at = found.namespaced ? { namespace } : {};
        for await (const page of cluster.list(found, at)) objects.push(...page);
      }
      return objects;
    },
    close: async () => {
      await registries.close();
      await cluster.close();
    },
  };
}
