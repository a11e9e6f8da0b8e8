import { mapLimit } from '../../base/concurrency.ts';
import type { Finding } from '../../base/findings.ts';
import { RESOLVES_IN_FLIGHT } from '../../base/limits.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { descriptorOf } from '../../foundation/catalog.ts';
import type { KindDescriptor } from '../../foundation/descriptor.ts';
import { KPACK } from '../../foundation/kinds/kpack.ts';
import type { OnExisting } from '../conflicts.ts';
import type { Inventory } from '../inventory.ts';
import { NAMESPACES } from '../namespaces.ts';
import { LEASE, LEASES } from '../run-lease.ts';
import type { Target } from '../target.ts';

interface RightsOptions {
  readonly cluster: Cluster;
  readonly inventory: Inventory;
  readonly target: Target;
  readonly onExisting: OnExisting;
  readonly signal?: AbortSignal;
}

interface Right {
  readonly verb: string;
  readonly group: string;
  readonly plural: string;
  readonly subresource?: string;
}

/** Every verb on every kind that the restore will use, asked of the API server (SelfSubjectAccessReview). */
export async function writingRights(options: RightsOptions): Promise<Finding[]> {
  const kinds = [...options.inventory.kinds.keys()].flatMap(kind => rightsOn(kind, options.onExisting));
  // Whatever a restore makes, it reads the namespaces of that.
  const { group, plural } = NAMESPACES;
  const denied = await deniedOf([{ verb: 'get', group, plural }, ...kinds], options);
  if (denied.length === 0) return [];
  const text = `you may not ${denied.map(showRight).join(', ')} on the target`;
  const hint = 'restore as a cluster administrator: roles can only be given by who has them';
  return [{ code: 'not-allowed', severity: 'refuse', text, hint }];
}

/** As {@link Applier}, {@link Owners} and the other checks use them. */
function rightsOn(descriptor: KindDescriptor, onExisting: OnExisting): Right[] {
  const { group, plural, ...rules } = descriptor;
  const patches = onExisting === 'update' || rules.start || rules.touch || rules.relinkOwners;
  return [
    ...lookedUp(descriptor).map(kind => ({ verb: 'get', group: kind.group, plural: kind.plural })),
    ...['get', 'list', 'create', ...(patches ? ['patch'] : [])].map(verb => ({ verb, group, plural })),
    ...(rules.status ? [{ verb: 'patch', group, plural, subresource: 'status' }] : []),
  ];
}

/** Kinds of which single objects are looked for when some of this kind are made. */
function lookedUp({ group, visibleFirst, references = [] }: KindDescriptor): KindDescriptor[] {
  const ofBuilders = group === KPACK ? references.flatMap(rule => rule.to) : [];
  return [
    ...(visibleFirst ? [visibleFirst.kind] : []),
    ...ofBuilders.filter(to => to.group === KPACK),
  ].flatMap(to => descriptorOf(to.group, to.kind) ?? []);
}

/** Korifi's Leases: names that a create which broke off has left behind are let go of. */
export async function nameRights(options: RightsOptions): Promise<Finding[]> {
  if (options.target.korifi === undefined) return [];
  const { group, plural } = LEASES;
  const denied = await deniedOf(
    ['list', 'delete'].map(verb => ({ verb, group, plural })),
    options,
  );
  if (denied.length === 0) return [];
  const text = `you may not ${denied.map(({ verb }) => verb).join(', ')} leases: names that a broken-off restore holds in Korifi stay held`;
  return [{ code: 'names-held', severity: 'warn', text }];
}

/** The Lease that keeps two restores apart; without it a restore goes on, alone by good luck. */
export async function leaseRights(options: RightsOptions): Promise<Finding[]> {
  const { group, plural } = LEASES;
  const denied = await deniedOf(
    ['get', 'create', 'patch', 'delete'].map(verb => ({ verb, group, plural })),
    options,
    LEASE.namespace,
  );
  if (denied.length === 0) return [];
  const verbs = denied.map(({ verb }) => verb).join(', ');
  const text = `you may not ${verbs} leases in ${LEASE.namespace}: nothing keeps a second restore out`;
  return [{ code: 'unguarded', severity: 'warn', subject: `Lease ${LEASE.namespace}/${LEASE.name}`, text }];
}

async function deniedOf(
  rights: readonly Right[],
  { cluster, signal }: RightsOptions,
  namespace?: string,
): Promise<Right[]> {
  const allowed = await mapLimit(rights, RESOLVES_IN_FLIGHT, ({ verb, ...resource }) =>
    cluster.can(verb, resource, namespace, signal),
  );
  return rights.filter((_, index) => !allowed[index]);
}

function showRight({ verb, plural, subresource }: Right): string {
  return `${verb} ${plural}${subresource === undefined ? '' : `/${subresource}`}`;
}
