import type { Finding } from '../../base/findings.ts';
import { showId } from '../../base/object.ts';
import type { ApiSurface, Cluster } from '../../cluster/cluster.ts';
import { KORIFI } from '../../foundation/kinds/common.ts';
import { KPACK } from '../../foundation/kinds/kpack.ts';
import { texts } from '../../foundation/path.ts';
import { referencesOf } from '../../foundation/references.ts';
import { creations } from '../../foundation/waves.ts';
import type { Inventory } from '../inventory.ts';
import type { ObjectStore } from '../store.ts';

/** What Korifi's builders offer: their stacks and buildpacks. */
const INFO = 'BuilderInfo';

interface StagingOptions {
  readonly inventory: Inventory;
  readonly store: ObjectStore;
  readonly cluster: Cluster;
  readonly surface: ApiSurface;
  readonly rootNamespace: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Names of what stages apps that the target lacks: buildpacks that apps ask for, stacks that their droplets stand on,
 * stacks and stores of builders. Apps come back with the droplets that they had; it is the next `cf push` that fails.
 */
export async function missingForStaging(options: StagingOptions): Promise<Finding[]> {
  return [...(await missingOffers(options)), ...(await missingOfBuilders(options))];
}

async function missingOffers(options: StagingOptions): Promise<Finding[]> {
  const offered = await offers(options);
  if (offered === undefined) return [];
  const { buildpacks, stacks } = offered;
  const asked = await countNames(options, 'CFApp', 'spec.lifecycle.data.buildpacks[]');
  const stood = await countNames(options, 'CFBuild', 'status.droplet.stack');
  const listed = (names: ReadonlySet<string>) => [...names].sort().join(', ') || 'none';
  return [
    ...[...asked].flatMap(([name, apps]): Finding[] => {
      if (buildpacks.has(name)) return [];
      const text = `the target has no buildpack ${name}, for which apps in the archive ask (${apps}): they run, but cannot be staged again`;
      const hint = `add the buildpack to the target's builder, or set others with cf push -b; it has ${listed(buildpacks)}`;
      return [{ code: 'buildpack-missing', severity: 'warn', subject: name, text, hint }];
    }),
    ...[...stood].flatMap(([name, builds]): Finding[] => {
      if (stacks.has(name)) return [];
      const text = `the target has no stack ${name}, on which droplets in the archive stand (${builds}): they run, but are staged again on another`;
      const hint = `nothing has to be done; the target has ${listed(stacks)}`;
      return [{ code: 'stack-missing', severity: 'warn', subject: name, text, hint }];
    }),
  ];
}

/** Of all builders together; undefined where none is ready to say. */
async function offers({ cluster, surface, rootNamespace, signal }: StagingOptions) {
  const resource = surface.find(KORIFI, INFO, ['v1alpha1']);
  if (resource === undefined || rootNamespace === undefined) return undefined;
  const pages = cluster.list(resource, { namespace: rootNamespace, ...(signal && { signal }) });
  const infos = (await Array.fromAsync(pages)).flat();
  const of = (path: string) => new Set(infos.flatMap(info => texts(info, path)));
  const [buildpacks, stacks] = [of('status.buildpacks[].name'), of('status.stacks[].name')];
  return buildpacks.size + stacks.size === 0 ? undefined : { buildpacks, stacks };
}

/** How many objects of a kind of Korifi's have each of the texts at a path. */
async function countNames({ inventory, store }: StagingOptions, kind: string, path: string) {
  const counts = new Map<string, number>();
  for (const node of creations(inventory.waves)) {
    if (node.descriptor.kind !== kind || node.descriptor.group !== KORIFI) continue;
    for (const name of new Set(texts(await store.get(node.id), path)))
      counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** kpack's own builders are not ready without their stack and store. */
async function missingOfBuilders(options: StagingOptions): Promise<Finding[]> {
  const { inventory, store, cluster, surface, signal } = options;
  const nodes = [
    ...Iterator.from(creations(inventory.waves)).filter(({ descriptor }) => descriptor.group === KPACK),
  ];
  const brought = new Set(nodes.map(({ id }) => `${id.kind} ${id.name}`));
  const findings: Finding[] = [];
  for (const { id, descriptor } of nodes) {
    for (const { name, rule } of referencesOf(descriptor, await store.get(id))) {
      const [kind] = rule.to;
      if (kind?.group !== KPACK || brought.has(`${kind.kind} ${name}`)) continue;
      const resource = surface.find(kind.group, kind.kind, ['v1alpha2', 'v1alpha1']);
      if (resource && (await cluster.get(resource, undefined, name, signal)) !== undefined) continue;
      const text = `${showId(id)} needs the ${kind.kind} ${name}, which neither the archive nor the target has`;
      const hint = `make the ${kind.kind} ${name} on the target; the builder is not ready without it`;
      findings.push({ code: 'builder-lacks', severity: 'warn', subject: showId(id), text, hint });
    }
  }
  return findings;
}
