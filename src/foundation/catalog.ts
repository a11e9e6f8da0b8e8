import type { KindDescriptor } from './descriptor.ts';
import { COORDINATION, CORE } from './kinds/core.ts';
import { APPS } from './kinds/kappctrl.ts';
import { ORGS, ROUTES } from './kinds/korifi-orgs.ts';
import { SERVICES } from './kinds/korifi-services.ts';
import { WORKLOADS } from './kinds/korifi-workloads.ts';
import { KPACK_KINDS } from './kinds/kpack.ts';
import { NETWORK } from './kinds/network.ts';
import { PACKAGES } from './kinds/packaging.ts';
import { ROLES } from './kinds/rbac.ts';
import { SECRETGEN } from './kinds/secretgen.ts';
import type { KindName } from './rules.ts';

/**
 * Everything a foundation is made of, one descriptor a kind. The order is the one in which kinds of one wave are
 * listed; what must come first is said by the descriptors.
 */
export const CATALOG: readonly KindDescriptor[] = [
  ...CORE,
  ...ROLES,
  ...SECRETGEN,
  ...PACKAGES,
  ...APPS,
  ...NETWORK,
  ...KPACK_KINDS,
  ...ORGS,
  ...SERVICES,
  ...WORKLOADS,
  ...ROUTES,
  ...COORDINATION,
];

/** One name of a kind, unique among all groups: `CFApp.korifi.cloudfoundry.org`, `Secret.`. */
export function kindKey({ group, kind }: KindName): string {
  return `${kind}.${group}`;
}

const BY_KIND = new Map(CATALOG.map(descriptor => [kindKey(descriptor), descriptor]));
const RANK = new Map(CATALOG.map((descriptor, rank) => [kindKey(descriptor), rank]));

/** Undefined for kinds that the foundation does not know. */
export function descriptorOf(group: string, kind: string): KindDescriptor | undefined {
  return BY_KIND.get(kindKey({ group, kind }));
}

/** The place of a kind in the catalog; behind all others for a kind that is not in it. */
export function rankOf(kind: KindName): number {
  return RANK.get(kindKey(kind)) ?? CATALOG.length;
}

/** The kinds that an export lists. */
export const LISTED: readonly KindDescriptor[] = CATALOG.filter(({ role }) => role === 'truth');
