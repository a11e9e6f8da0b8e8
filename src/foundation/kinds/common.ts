import type { KindDescriptor, Mark } from '../descriptor.ts';
import type { KindName } from '../rules.ts';

export const KORIFI = 'korifi.cloudfoundry.org';
export const PACKAGING = 'packaging.carvel.dev';
export const KAPPCTRL = 'kappctrl.k14s.io';
export const RBAC = 'rbac.authorization.k8s.io';

/** A kind of Korifi's own group. */
export function korifi(kind: string): KindName {
  return { group: KORIFI, kind };
}

/** The one kind that references name and of which there are no objects: identity providers have them. */
export const USER: KindName = { group: RBAC, kind: 'User' };
export const SECRET: KindName = { group: '', kind: 'Secret' };
export const CONFIG_MAP: KindName = { group: '', kind: 'ConfigMap' };
export const SERVICE_ACCOUNT: KindName = { group: '', kind: 'ServiceAccount' };
export const NAMESPACE: KindName = { group: '', kind: 'Namespace' };

/** What installs everything else: all of it stands before the first object of an installed kind. */
export const INSTALLERS: readonly KindName[] = [
  { group: PACKAGING, kind: 'PackageInstall' },
  { group: KAPPCTRL, kind: 'App' },
];

/** Kinds that generate a Secret once and never again as long as it is there. */
export const GENERATORS = ['Password', 'Certificate', 'RSAKey', 'SSHKey'] as const;

/** Marks Secrets that secretgen-controller fills with every registry login that is exported to their namespace. */
export const PLACEHOLDER = 'secretgen.carvel.dev/image-pull-secret';
/** kapp-controller's own configuration: a Secret or, where there is none, a ConfigMap, in its namespace. */
export const CARVEL_CONFIG = 'kapp-controller-config';

/** The target's own stays; a restore adds the authorities that it lacks (carvel-config.ts). */
export const CONFIGURES_CARVEL: Mark = {
  path: 'metadata.name',
  is: CARVEL_CONFIG,
  because:
    'the target has its own or none, since proxies and trust are those of a site; only certificate authorities ' +
    'that it lacks and needs are added',
};

export const BY_KAPP: Mark = {
  deployedByController: true,
  because: 'deployed by kapp-controller, which makes it again and refuses what carries another label',
};

export const BY_HELM: Mark = {
  annotation: 'meta.helm.sh/release-name',
  because: 'installed by Helm together with the platform',
};

/** The fields that a kind restored by nobody still needs, for the docs and for whoever meets such an object. */
export function derived(
  group: string,
  version: string,
  kind: string,
  plural: string,
  words: { meaning: string; because: string; clusterScoped?: boolean },
): KindDescriptor {
  const { meaning, because, clusterScoped = false } = words;
  return {
    group,
    kind,
    plural,
    versions: [version],
    namespaced: !clusterScoped,
    role: 'derived',
    meaning,
    because,
  };
}
