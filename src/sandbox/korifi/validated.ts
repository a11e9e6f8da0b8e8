import type { Release } from './releases.ts';

/** Kinds that have a validating webhook, and since when. */
const VALIDATED: readonly { readonly kind: string; readonly since?: 'patching' }[] = [
  { kind: 'CFOrg' },
  { kind: 'CFSpace' },
  { kind: 'CFApp' },
  { kind: 'CFDomain' },
  { kind: 'CFRoute' },
  { kind: 'CFServiceInstance' },
  { kind: 'CFServiceBinding' },
  { kind: 'CFTask' },
  { kind: 'CFServiceBroker', since: 'patching' },
  { kind: 'CFSecurityGroup', since: 'patching' },
];

/** The kinds that a release checks with a webhook; those of all releases when none is named. */
export function validatedKinds(release?: Pick<Release, 'patching'>): string[] {
  const known = VALIDATED.filter(
    ({ since }) => release === undefined || since === undefined || release[since],
  );
  return known.map(({ kind }) => kind);
}
