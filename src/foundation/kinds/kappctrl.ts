import type { KindDescriptor, ReferenceRule } from '../descriptor.ts';
import { BY_KAPP, CONFIG_MAP, KAPPCTRL, PACKAGING, SECRET, SERVICE_ACCOUNT } from './common.ts';
import { fetchImages } from './fetches.ts';

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

function secretReference(path: string): ReferenceRule {
  const rule = { path, to: [SECRET], order: 'before' } as const;
  return path.includes('valuesFrom') ? { ...rule, rewriteTarget: 'values' } : rule;
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
    derivedWhen: [{ ownedBy: ['PackageInstall'], because: 'made by its PackageInstall' }, BY_KAPP],
    references: [
      { path: 'spec.serviceAccountName', to: [SERVICE_ACCOUNT], order: 'before' },
      ...SECRETS.map(secretReference),
      ...CONFIG_MAPS.map((path): ReferenceRule => ({ path, to: [CONFIG_MAP], order: 'before' })),
    ],
    images: fetchImages('spec.fetch[]', 'status.fetch.stdout'),
    after: [
      { group: PACKAGING, kind: 'PackageRepository' },
      { group: 'data.packaging.carvel.dev', kind: 'Package' },
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
