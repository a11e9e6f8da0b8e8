import { mapLimit } from '../base/concurrency.ts';
import type { Finding } from '../base/findings.ts';
import { LIST_STREAMS } from '../base/limits.ts';
import type { KubeObject } from '../base/object.ts';
import type { ApiSurface, Cluster } from '../cluster/cluster.ts';
import { KORIFI } from '../foundation/kinds/common.ts';
import { texts } from '../foundation/path.ts';
import { creations } from '../foundation/waves.ts';
import type { Inventory } from './inventory.ts';
import { releaseNames } from './reserved-names.ts';
import { LEASES } from './run-lease.ts';
import type { ObjectStore } from './store.ts';
import { type Mapping, transform } from './transform.ts';

/** What becomes of names that Korifi holds for nobody: they stay, a person is asked, or they are let go of. */
export type OrphanedNames = 'keep' | 'ask' | 'remove';

const ABOUT = 'coordination.cloudfoundry.org/';

/** A sort of name that only one object may have. */
interface Entity {
  readonly kind: string;
  /** Whether an object wants the very name that is held. */
  wants(object: KubeObject, name: string): boolean;
}

const named = (kind: string, path = 'spec.displayName'): Entity => ({
  kind,
  wants: (object, name) => texts(object, path)[0]?.toLowerCase() === name,
});

/** By the type that a Lease is annotated with. */
const ENTITIES: Readonly<Record<string, Entity>> = {
  cforg: named('CFOrg'),
  cfspace: named('CFSpace'),
  app: named('CFApp'),
  serviceinstance: named('CFServiceInstance'),
  servicebroker: named('CFServiceBroker', 'spec.name'),
  securityGroup: named('CFSecurityGroup'),
  route: {
    kind: 'CFRoute',
    wants: ({ spec }, name) => {
      const { host = '', domainRef, path = '' } = spec;
      return [host.toLowerCase(), domainRef?.namespace, domainRef?.name, path].join('::') === name;
    },
  },
  // Each version writes more of a binding into its name; the app and the service are in all of them.
  servicebinding: {
    kind: 'CFServiceBinding',
    wants: ({ spec }, name) =>
      name.startsWith(`sb::${spec.appRef?.name}::`) && name.split('::').includes(spec.service?.name),
  },
};

interface OrphanOptions {
  readonly cluster: Cluster;
  readonly surface: ApiSurface;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Leases by which Korifi holds names for objects that do not exist: what is left of a creation that broke off, or that
 * a webhook refused after the name had been taken (korifi#1718). Leases are listed before the objects, so that one which
 * is being made just now has its object.
 */
export async function findOrphanedNames({ cluster, surface, signal }: OrphanOptions): Promise<KubeObject[]> {
  const held: KubeObject[] = [];
  for await (const page of cluster.list(LEASES, signal && { signal })) {
    held.push(...page.filter(lease => ENTITIES[about(lease, 'entity-type')] !== undefined));
  }
  const owners = new Set<string>();
  const kinds = new Set(held.map(lease => ENTITIES[about(lease, 'entity-type')]?.kind ?? ''));
  await mapLimit([...kinds], LIST_STREAMS, async kind => {
    const resource = surface.find(KORIFI, kind, ['v1alpha1']);
    if (resource === undefined) return;
    for await (const page of cluster.list(resource, { metadataOnly: true, ...(signal && { signal }) })) {
      for (const { metadata } of page) owners.add(`${kind} ${metadata.namespace}/${metadata.name}`);
    }
  });
  return held.filter(lease => !owners.has(ownerOf(lease)));
}

/**
 * What they mean for a restore. Those that are held for an object which the restore itself makes are let go of when
 * that is made; those that it needs for another one forbid it, as long as nobody has agreed to remove them.
 */
export async function orphanFindings(
  orphans: readonly KubeObject[],
  { inventory, store, mapping }: { inventory: Inventory; store: ObjectStore; mapping: Mapping },
  what: OrphanedNames,
): Promise<Finding[]> {
  if (orphans.length === 0) return [];
  const hint = 'pass --remove-orphaned-leases to let go of names that are held for nobody';
  const nodes = () =>
    Iterator.from(creations(inventory.waves)).filter(({ descriptor }) => descriptor.group === KORIFI);
  const own = new Set(nodes().map(({ id }) => `${id.kind} ${id.namespace}/${id.name}`));
  const foreign = orphans.filter(lease => !own.has(ownerOf(lease)));
  const inTheWay = new Set<KubeObject>();
  for (const { id, descriptor } of nodes()) {
    const rivals = foreign.filter(lease => ENTITIES[about(lease, 'entity-type')]?.kind === id.kind);
    if (rivals.length === 0) continue;
    const wanted = transform(descriptor, await store.get(id), id, mapping);
    for (const lease of rivals) if (isWanted(lease, wanted)) inTheWay.add(lease);
  }
  if (foreign.length > 0 && what === 'remove') {
    const text = `names that Korifi holds for objects which do not exist will be let go of: ${foreign.length}`;
    return [{ code: 'name-orphaned', severity: 'note', text }];
  }
  const severity = what === 'keep' ? 'refuse' : 'warn';
  const findings = [...inTheWay].map((lease): Finding => {
    const text = `Korifi holds the name ${about(lease, 'name')} for ${ownerOf(lease)}, which does not exist`;
    return { code: 'name-orphaned', severity, subject: ownerOf(lease), text, hint };
  });
  const others = foreign.length - inTheWay.size;
  if (others === 0) return findings;
  const text = `names that Korifi holds for objects which do not exist, and that the archive does not need: ${others}`;
  return [...findings, { code: 'name-orphaned', severity: 'note', text, hint }];
}

/** Lets go of names, each only if it is still held for nobody; returns how many. */
export async function removeOrphanedNames(
  orphans: readonly KubeObject[],
  { cluster, surface, signal }: OrphanOptions,
): Promise<number> {
  let removed = 0;
  for (const lease of orphans) {
    const kind = ENTITIES[about(lease, 'entity-type')]?.kind ?? '';
    const resource = surface.find(KORIFI, kind, ['v1alpha1']);
    const [namespace, name] = [about(lease, 'owner-namespace'), about(lease, 'owner-name')];
    if (resource === undefined || (await cluster.get(resource, namespace, name, signal)) !== undefined)
      continue;
    removed += await releaseNames([lease], cluster, signal);
  }
  return removed;
}

function isWanted(lease: KubeObject, wanted: KubeObject): boolean {
  const { kind, wants } = ENTITIES[about(lease, 'entity-type')] ?? {};
  // Names of routes are held in the root namespace, all others where the object is.
  const isHere = kind === 'CFRoute' || lease.metadata.namespace === wanted.metadata.namespace;
  return isHere && wants?.(wanted, about(lease, 'name')) === true;
}

/** `CFApp space/guid` */
function ownerOf(lease: KubeObject): string {
  const kind = ENTITIES[about(lease, 'entity-type')]?.kind;
  return `${kind} ${about(lease, 'owner-namespace')}/${about(lease, 'owner-name')}`;
}

function about({ metadata }: KubeObject, what: string): string {
  return metadata.annotations?.[`${ABOUT}${what}`] ?? '';
}
