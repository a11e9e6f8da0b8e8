import type { KindDescriptor } from '../descriptor.ts';
import { BY_KAPP, CONFIG_MAP, SECRET, SERVICE_ACCOUNT } from './common.ts';

const SHARING = { group: 'secretgen.carvel.dev', versions: ['v1alpha1'], namespaced: true } as const;
const GENERATING = { group: 'secretgen.k14s.io', versions: ['v1alpha1'], namespaced: true } as const;
const EXPORT = { group: 'secretgen.carvel.dev', kind: 'SecretExport' } as const;

function generator(kind: string, plural: string, meaning: string): KindDescriptor {
  return {
    ...GENERATING,
    kind,
    plural,
    role: 'truth',
    keep: 'all',
    meaning,
    derivedWhen: [BY_KAPP],
    references: [{ path: 'metadata.name', to: [SECRET], order: 'before', optional: true }],
    after: [EXPORT],
    remark: 'its Secret comes first, or another value would be generated',
  };
}

const certificate = generator('Certificate', 'certificates', 'a generated certificate');

/** secretgen-controller's kinds: Secrets that are shared between namespaces, composed or generated. */
export const SECRETGEN: readonly KindDescriptor[] = [
  {
    ...SHARING,
    kind: 'SecretExport',
    plural: 'secretexports',
    role: 'truth',
    keep: 'all',
    meaning: 'to which namespaces a Secret is offered',
    derivedWhen: [BY_KAPP],
    references: [{ path: 'metadata.name', to: [SECRET], order: 'before', optional: true }],
  },
  {
    ...SHARING,
    kind: 'SecretImport',
    plural: 'secretimports',
    role: 'truth',
    keep: 'all',
    meaning: 'the import of a Secret from another namespace',
    derivedWhen: [BY_KAPP],
    references: [
      {
        path: 'metadata.name',
        to: [SECRET],
        in: { path: 'spec.fromNamespace' },
        order: 'free',
        optional: true,
      },
      {
        path: 'metadata.name',
        to: [EXPORT],
        in: { path: 'spec.fromNamespace' },
        order: 'free',
        optional: true,
      },
    ],
    ready: ['ReconcileSucceeded'],
    readyWith: [EXPORT],
    see: 'status.usefulErrorMessage, and the SecretExport that it names',
    after: [EXPORT],
    remark: 'never before its export: secretgen-controller then deletes the Secret of the same name',
  },
  {
    ...SHARING,
    kind: 'SecretTemplate',
    plural: 'secrettemplates',
    role: 'truth',
    keep: 'all',
    meaning: 'a Secret composed from other objects',
    derivedWhen: [BY_KAPP],
    references: [
      { path: 'spec.serviceAccountName', to: [SERVICE_ACCOUNT], order: 'before' },
      {
        path: 'spec.inputResources[].ref.name',
        to: [SECRET],
        when: { beside: 'kind', is: 'Secret' },
        order: 'before',
        optional: true,
      },
      {
        path: 'spec.inputResources[].ref.name',
        to: [CONFIG_MAP],
        when: { beside: 'kind', is: 'ConfigMap' },
        order: 'before',
        optional: true,
      },
    ],
    after: [EXPORT],
  },
  generator('Password', 'passwords', 'a generated password'),
  {
    ...certificate,
    references: [
      ...(certificate.references ?? []),
      { path: 'spec.caRef.name', to: [SECRET], order: 'before', optional: true },
    ],
  },
  generator('RSAKey', 'rsakeys', 'a generated RSA key'),
  generator('SSHKey', 'sshkeys', 'a generated SSH key'),
];
