import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import type { KubeObject } from '../../base/object.ts';
import type { ApiResource } from '../../cluster/cluster.ts';
import type { Rule } from '../controllers/rule.ts';
import { controlledBy } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { conclude } from './status.ts';

interface Generator {
  readonly kind: ApiResource;
  readonly type: string;
  values(spec: Record<string, number> | undefined): Record<string, string>;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const GENERATORS: readonly Generator[] = [
  {
    kind: KINDS.Password,
    type: 'kubernetes.io/basic-auth',
    values: spec => ({
      // Without a spec secretgen makes an empty password.
      password: Array.from({ length: spec === undefined ? 0 : (spec.length ?? 40) }, letter).join(''),
    }),
  },
  {
    kind: KINDS.Certificate,
    type: 'Opaque',
    // Not a certificate that anybody could verify: its shape is all that the sandbox needs.
    values: () => ({ 'crt.pem': pem('CERTIFICATE', randomBytes(600)), 'key.pem': keys('rsa').privateKey }),
  },
  {
    kind: KINDS.RSAKey,
    type: 'Opaque',
    values: () => {
      const { publicKey, privateKey } = keys('rsa');
      return { 'pub.pem': publicKey, 'key.pem': privateKey };
    },
  },
  {
    kind: KINDS.SSHKey,
    type: 'kubernetes.io/ssh-auth',
    values: () => {
      const { publicKey, privateKey } = keys('ed25519');
      return { 'ssh-privatekey': privateKey, 'ssh-authorizedkey': publicKey };
    },
  },
];

/**
 * A generator makes a new random value when it is first seen and its Secret is not there; a Secret that is there
 * is kept as it is, and gets no owner. One that goes later is not made again.
 */
export const generators: readonly Rule[] = GENERATORS.map(({ kind, type, values }) => ({
  name: kind.kind,
  kind,
  async reconcile(wanted, world) {
    const { namespace = '', name, generation, labels, annotations } = wanted.metadata;
    const seen = wanted.status?.observedGeneration === generation;
    if (!seen && world.find(KINDS.Secret, namespace, name) === undefined) {
      const template = wanted.spec?.secretTemplate;
      const generated = values(wanted.spec);
      await world.create(KINDS.Secret, {
        metadata: {
          name,
          namespace,
          ...(labels && { labels }),
          ...(annotations && { annotations }),
          ownerReferences: [controlledBy(wanted)],
        },
        type: template?.type ?? type,
        stringData: template?.stringData === undefined ? generated : filled(template.stringData, generated),
      });
    }
    await conclude(world, kind, wanted, { done: true });
  },
}));

/** secretgen's templates: `$(value)` and `$(privateKey)` stand for what was generated. */
function filled(template: NonNullable<KubeObject['stringData']>, values: Record<string, string>): object {
  const [first = ''] = Object.values(values);
  const entries = Object.entries<string>(template);
  return Object.fromEntries(entries.map(([key, text]) => [key, text.replaceAll(/\$\(\w+\)/g, () => first)]));
}

function letter(): string {
  return ALPHABET[randomInt(ALPHABET.length)] ?? '';
}

function keys(type: 'rsa' | 'ed25519'): { publicKey: string; privateKey: string } {
  const encodings = {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  } as const;
  if (type === 'ed25519') return generateKeyPairSync('ed25519', encodings);
  return generateKeyPairSync('rsa', { modulusLength: 2048, ...encodings });
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
