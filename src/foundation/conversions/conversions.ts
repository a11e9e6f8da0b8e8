import type { KubeObject } from '../../base/object.ts';
import type { KindDescriptor } from '../descriptor.ts';
import { korifi, PACKAGING } from '../kinds/common.ts';
import { passes } from '../marks.ts';
import type { KindName } from '../rules.ts';
import { compareVersions, parseVersion, skewOf, type Version } from '../versions.ts';
import type { Conversion, Impossible, Notice } from './conversion.ts';
import { SERVICE_CONVERSIONS } from './services.ts';
import { WORKLOAD_CONVERSIONS } from './workloads.ts';

/** Every conversion that is known; each is one change of form, and they are independent of each other. */
export const CONVERSIONS: readonly Conversion[] = [...SERVICE_CONVERSIONS, ...WORKLOAD_CONVERSIONS];

/** What cannot be brought into a newer Korifi, or must not be. */
const IMPOSSIBLE: readonly Impossible[] = [
  {
    since: [0, 9, 0],
    of: { group: PACKAGING, kind: 'PackageInstall' },
    where: { path: 'spec.packageRef.refName', is: 'application-service-adapter.tanzu.vmware.com' },
    because: "it would install the adapter's Korifi over the target's",
  },
  {
    since: [0, 16, 0],
    of: korifi('CFRoute'),
    where: { path: 'spec.host', is: '*' },
    because: 'the target cannot hold routes with the host *',
  },
  {
    since: [0, 16, 0],
    of: korifi('CFDomain'),
    where: { path: 'metadata.name', matches: '.{64,}' },
    because: 'the target cannot have routes on a domain whose object has a name of more than 63 characters',
  },
];

/** What cannot be prevented, and is no fault. */
const NOTICES: readonly Notice[] = [
  { since: [0, 9, 0], text: 'a process without a route gets no PORT and is not probed any more' },
  {
    since: [0, 15, 0],
    text: "a service binding without a name of its own is mounted under the binding's GUID, not the service's",
  },
  {
    since: [0, 11, 0],
    text: 'routes become HTTPRoutes of a Gateway; what was attached to their HTTPProxies has to be made anew',
  },
  {
    since: [0, 16, 0],
    text: 'namespaces of orgs and spaces are labelled korifi.cloudfoundry.org/… instead of cloudfoundry.org/…: adapt what selects by these labels',
  },
];

/** How objects of one Korifi come into another, newer one. */
export interface Crossing {
  readonly conversions: readonly Conversion[];
  readonly impossible: readonly Impossible[];
  readonly notices: readonly Notice[];
}

/** Nothing to convert. */
export const NO_CROSSING: Crossing = { conversions: [], impossible: [], notices: [] };

/** What lies between two versions; nothing where either is not known or the two need no conversion. */
export function crossing(from: string | undefined, to: string | undefined): Crossing {
  if (from === undefined || to === undefined || skewOf(from, to).verdict !== 'converted') return NO_CROSSING;
  const [older, newer] = [parseVersion(from), parseVersion(to)];
  if (older === undefined || newer === undefined) return NO_CROSSING;
  const between = ({ since }: { since: Version }) =>
    compareVersions(older, since) < 0 && compareVersions(since, newer) <= 0;
  return {
    conversions: CONVERSIONS.filter(between),
    impossible: IMPOSSIBLE.filter(between),
    notices: NOTICES.filter(between),
  };
}

/** Converts an object in place. @param holds What a Secret is to whoever refers to it. */
export function convert(
  { conversions }: Crossing,
  descriptor: KindDescriptor,
  object: KubeObject,
  holds?: Conversion['holds'],
): void {
  for (const conversion of conversions) {
    if (isOf(descriptor, conversion.of) && conversion.holds === holds) conversion.convert(object);
  }
}

/** Why an object cannot be restored into the newer Korifi. */
export function isImpossible(
  { impossible }: Crossing,
  descriptor: KindDescriptor,
  object: KubeObject,
): string | undefined {
  return impossible.find(({ of, where }) => isOf(descriptor, of) && passes(object, where))?.because;
}

function isOf(descriptor: KindDescriptor, { group, kind }: KindName): boolean {
  return descriptor.group === group && descriptor.kind === kind;
}
