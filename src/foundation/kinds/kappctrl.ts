import type { KindDescriptor } from '../descriptor.ts';
import type { KindName, ReferenceRule } from '../rules.ts';
import { BY_KAPP, CONFIG_MAP, KAPPCTRL, PACKAGING, SECRET, SERVICE_ACCOUNT } from './common.ts';
import { fetchImages } from './fetches.ts';

/** kapp-controller leaves such an App as somebody made it, although a PackageInstall owns it. */
const BY_HAND = 'ext.packaging.carvel.dev/manually-controlled';

const SECRETS = [
  ...['image', 'imgpkgBundle', 'http', 'git'].map(fetch => `spec.fetch[].${fetch}.secretRef.name`),
  'spec.fetch[].helmChart.repository.secretRef.name',
  'spec.fetch[].inline.pathsFrom[].secretRef.name',
  'spec.template[].ytt.inline.pathsFrom[].secretRef.name',
  ...['ytt', 'helmTemplate', 'cue'].map(tool => `spec.template[].${tool}.valuesFrom[].secretRef.name`),
  'spec.template[].sops.pgp.privateKeysSecretRef.name',
  'spec.template[].sops.age.privateKeysSecretRef.name',
  'spec.cluster.kubeconfigSecretRef.name',
];
const CONFIG_MAPS = [
  'spec.fetch[].inline.pathsFrom[].configMapRef.name',
  'spec.template[].ytt.inline.pathsFrom[].configMapRef.name',
  ...['ytt', 'helmTemplate', 'cue'].map(tool => `spec.template[].${tool}.valuesFrom[].configMapRef.name`),
];

/** What is templated with, rather than fetched or logged in with, names registries. */
function valuesReference(path: string, kind: KindName): ReferenceRule {
  const rule = { path, to: [kind], order: 'before' } as const;
  return /valuesFrom|pathsFrom/.test(path) ? { ...rule, rewriteTarget: 'values' } : rule;
}

/** Apps of kapp-controller: what a PackageInstall makes, or what somebody made by hand. */
export const APPS: readonly KindDescriptor[] = [
  {
    group: KAPPCTRL,
    kind: 'App',
    versions: ['v1alpha1'],
    plural: 'apps',
    namespaced: true,
    role: 'truth',
    keep: 'all',
    meaning: 'something installed by kapp-controller without a package',
    derivedWhen: [
      { ownedBy: ['PackageInstall'], notAnnotation: BY_HAND, because: 'made by its PackageInstall' },
      BY_KAPP,
    ],
    references: [
      { path: 'spec.serviceAccountName', to: [SERVICE_ACCOUNT], order: 'before' },
      ...SECRETS.map(path => valuesReference(path, SECRET)),
      ...CONFIG_MAPS.map(path => valuesReference(path, CONFIG_MAP)),
    ],
    images: fetchImages('spec.fetch[]', 'status.fetch.stdout'),
    after: [
      { group: PACKAGING, kind: 'PackageRepository' },
      { group: 'data.packaging.carvel.dev', kind: 'Package' },
    ],
    relinkOwners: ['PackageInstall'],
    variants: [
      // It is there before its PackageInstall, which makes the Secret that it pulls with.
      { where: { annotation: BY_HAND }, ready: [] },
    ],
    ready: ['ReconcileSucceeded'],
    see: 'status.usefulErrorMessage, and its service account',
    neverReadyWhen: [
      { path: 'spec.paused', is: true },
      { path: 'spec.canceled', is: true },
    ],
    remark: 'what is fetched by http or git is not an image and is not in the backup',
  },
];
