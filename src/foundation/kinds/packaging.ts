import type { KindDescriptor } from '../descriptor.ts';
import type { ImageRule, ReferenceRule } from '../rules.ts';
import { BY_KAPP, derived, KAPPCTRL, PACKAGING, SECRET, SERVICE_ACCOUNT } from './common.ts';
import { fetchImages } from './fetches.ts';

const FROM_REPOSITORY = {
  annotation: 'packaging.carvel.dev/package-repository-ref',
  because: 'made by kapp-controller from its PackageRepository',
} as const;

/** Annotations whose values name Secrets that kapp-controller adds to the App it makes. */
const NAMING_ANNOTATIONS = [
  'metadata.annotations["ext.packaging.carvel.dev/ytt-paths-from-secret-name"*]',
  'metadata.annotations["ext.packaging.carvel.dev/helm-template-values-from-secret-name"*]',
  'metadata.annotations["ext.packaging.carvel.dev/fetch-"*]',
];

const annotationSecrets: readonly ReferenceRule[] = NAMING_ANNOTATIONS.map(path => ({
  path,
  to: [SECRET],
  order: 'before',
  ...(!path.includes('fetch-') && { rewriteTarget: 'values' as const }),
}));

const SECRETGEN_FIRST = [
  { group: 'secretgen.carvel.dev', kind: 'SecretExport' },
  { group: 'secretgen.carvel.dev', kind: 'SecretImport' },
  { group: 'secretgen.carvel.dev', kind: 'SecretTemplate' },
  { group: 'secretgen.k14s.io', kind: 'Password' },
  { group: 'secretgen.k14s.io', kind: 'Certificate' },
  { group: 'secretgen.k14s.io', kind: 'RSAKey' },
  { group: 'secretgen.k14s.io', kind: 'SSHKey' },
];

const REPOSITORY_IMAGES: readonly ImageRule[] = [
  { path: 'spec.fetch.imgpkgBundle.image', bundle: true, resolvedBy: 'status.fetch.stdout' },
  { path: 'spec.fetch.image.url', resolvedBy: 'status.fetch.stdout' },
];

/** Packages and their installations: what a foundation is installed by. */
export const PACKAGES: readonly KindDescriptor[] = [
  {
    group: PACKAGING,
    kind: 'PackageRepository',
    versions: ['v1alpha1'],
    plural: 'packagerepositories',
    namespaced: true,
    role: 'truth',
    keep: 'all',
    meaning: 'a bundle of packages',
    derivedWhen: [BY_KAPP],
    references: [
      ...['image', 'imgpkgBundle', 'http', 'git'].map(
        (fetch): ReferenceRule => ({
          path: `spec.fetch.${fetch}.secretRef.name`,
          to: [SECRET],
          order: 'before',
        }),
      ),
      { path: 'spec.fetch.inline.pathsFrom[].secretRef.name', to: [SECRET], order: 'before' },
      {
        path: 'spec.fetch.inline.pathsFrom[].configMapRef.name',
        to: [{ group: '', kind: 'ConfigMap' }],
        order: 'before',
      },
    ],
    images: REPOSITORY_IMAGES,
    after: SECRETGEN_FIRST,
    ready: ['ReconcileSucceeded'],
    see: 'status.usefulErrorMessage, and whether the target can pull its bundle',
    neverReadyWhen: [{ path: 'spec.paused', is: true }],
    remark: 'what is fetched by http or git is not an image and is not in the backup',
  },
  {
    group: 'data.packaging.carvel.dev',
    kind: 'PackageMetadata',
    versions: ['v1alpha1'],
    plural: 'packagemetadatas',
    namespaced: true,
    role: 'truth',
    keep: 'all',
    meaning: 'the description of a package',
    derivedWhen: [FROM_REPOSITORY, BY_KAPP],
  },
  {
    group: 'data.packaging.carvel.dev',
    kind: 'Package',
    versions: ['v1alpha1'],
    plural: 'packages',
    namespaced: true,
    role: 'truth',
    keep: 'all',
    meaning: 'one version of a package that was made by hand',
    derivedWhen: [FROM_REPOSITORY, BY_KAPP],
    images: fetchImages('spec.template.spec.fetch[]'),
    references: ['image', 'imgpkgBundle'].map(fetch => ({
      path: `spec.template.spec.fetch[].${fetch}.secretRef.name`,
      to: [SECRET],
      order: 'before' as const,
      optional: true,
    })),
    after: SECRETGEN_FIRST,
    remark: 'served by kapp-controller itself, not by a CRD',
  },
  {
    group: PACKAGING,
    kind: 'PackageInstall',
    versions: ['v1alpha1'],
    plural: 'packageinstalls',
    namespaced: true,
    role: 'truth',
    keep: 'all',
    meaning: 'an installed package with its values',
    derivedWhen: [BY_KAPP],
    references: [
      { path: 'spec.serviceAccountName', to: [SERVICE_ACCOUNT], order: 'before' },
      { path: 'spec.values[].secretRef.name', to: [SECRET], order: 'before', rewriteTarget: 'values' },
      { path: 'spec.cluster.kubeconfigSecretRef.name', to: [SECRET], order: 'before' },
      ...annotationSecrets,
      // One that somebody controls by hand; it would be made otherwise.
      { path: 'metadata.name', to: [{ group: KAPPCTRL, kind: 'App' }], order: 'before', optional: true },
    ],
    pins: [{ path: 'spec.packageRef.versionSelection', from: 'status.version' }],
    visibleFirst: {
      kind: { group: 'data.packaging.carvel.dev', kind: 'Package' },
      name: ['spec.packageRef.refName', 'spec.packageRef.versionSelection.constraints'],
      matching: '[a-z0-9.-]+\\.\\d+\\.\\d+\\.\\d+(?:[-+][\\w.+-]+)?',
    },
    after: [
      ...SECRETGEN_FIRST,
      { group: PACKAGING, kind: 'PackageRepository' },
      { group: 'data.packaging.carvel.dev', kind: 'PackageMetadata' },
      { group: 'data.packaging.carvel.dev', kind: 'Package' },
    ],
    ready: ['ReconcileSucceeded'],
    see: 'status.usefulErrorMessage of the App of the same name, and its service account',
    neverReadyWhen: [{ path: 'spec.paused', is: true }],
    remark:
      'pinned to the version that ran; installations made by another package come back with that package',
  },
  derived('internal.packaging.carvel.dev', 'v1alpha1', 'InternalPackage', 'internalpackages', {
    meaning: 'how kapp-controller stores a Package',
    because: 'written by kapp-controller for its Package',
  }),
  derived(
    'internal.packaging.carvel.dev',
    'v1alpha1',
    'InternalPackageMetadata',
    'internalpackagemetadatas',
    {
      meaning: 'how kapp-controller stores a PackageMetadata',
      because: 'written by kapp-controller for its PackageMetadata',
    },
  ),
];
