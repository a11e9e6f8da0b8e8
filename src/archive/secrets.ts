import { digestOf } from '../base/digest.ts';
import { Failure, reasonOf } from '../base/errors.ts';
import {
  type AgeIdentity,
  decrypterWith,
  decrypterWithPassphrase,
  encrypterTo,
  encrypterWithPassphrase,
  newIdentity,
} from './age.ts';
import type { Contents } from './head.ts';
import type { AgeProtection, KeyBlob } from './plan.ts';

/** To whom secrets are encrypted. age itself does not let the two be mixed. */
export type SealTo = { recipients: readonly string[] } | { passphrase: string };

/** What opens secrets; either is tried where it fits. */
export interface OpenWith {
  identities?: readonly AgeIdentity[];
  passphrase?: string;
}

/** Encrypts the blobs of Secrets. */
export interface SecretSealer {
  /** What the plan says of the protection. */
  readonly protection: AgeProtection;
  /** The passphrase's key, which goes among the archive's blobs. */
  readonly key?: { blob: KeyBlob; bytes: Buffer };
  seal(bytes: Buffer): Promise<Buffer>;
}

/** Decrypts the blobs of Secrets. */
export interface SecretOpener {
  /** @throws Failure `refused` when no key fits; the title says which blob it is about. */
  open(bytes: Buffer, title: string): Promise<Buffer>;
}

/**
 * Encrypts to recipients directly. A passphrase costs a second of scrypt each time it is used, so it protects one
 * fresh identity for the whole backup, and the blobs are encrypted to that. `age -d -i KEY BLOB` reads both.
 *
 * @param workFactor base-2 logarithm of scrypt's cost, for tests.
 * @throws Failure `usage` for a key that is none.
 */
export async function secretSealer(to: SealTo, workFactor?: number): Promise<SecretSealer> {
  if ('recipients' in to) {
    if (to.recipients.length === 0) throw new Failure('usage', 'there is no recipient to encrypt secrets to');
    return {
      protection: { kind: 'age', recipients: to.recipients.map(withoutComment) },
      seal: await encrypterTo(to.recipients),
    };
  }
  if (to.passphrase === '') throw new Failure('usage', 'the passphrase is empty');
  const { identity, recipient } = await newIdentity();
  const lock = await encrypterWithPassphrase(to.passphrase, workFactor);
  const keyBytes = await lock(Buffer.from(`${identity}\n`));
  const key = { digest: digestOf(keyBytes), size: keyBytes.length };
  return {
    protection: { kind: 'age', recipients: [], key },
    key: { blob: key, bytes: keyBytes },
    seal: await encrypterTo([recipient]),
  };
}

/**
 * The mirror image of {@link secretSealer}; undefined when the archive's secrets are not encrypted.
 *
 * @throws Failure `refused` when what was given cannot open this archive, `usage` for an identity that is none.
 */
export async function secretOpener(contents: Contents, keys: OpenWith): Promise<SecretOpener | undefined> {
  const { secrets } = contents.plan;
  if (secrets.kind === 'plaintext') return undefined;
  const identities = secrets.key === undefined ? keys.identities : await unlock(contents, secrets.key, keys);
  if (identities === undefined || identities.length === 0)
    throw refused(secrets, 'no key for them was given');
  const decrypt = await decrypterWith(identities);
  return {
    open: async (bytes, title) => {
      try {
        return await decrypt(bytes);
      } catch (error) {
        throw refused(secrets, `no key fits: ${reasonOf(error)}`, title);
      }
    },
  };
}

/** A key of ssh without the name of its owner, who may not want to stand in every backup. */
function withoutComment(recipient: string): string {
  return recipient.startsWith('ssh-')
    ? recipient
        .trim()
        .split(/[ \t]+/)
        .slice(0, 2)
        .join(' ')
    : recipient;
}

/** The identity behind the passphrase; one that was unlocked by hand is taken as well. */
async function unlock(contents: Contents, key: KeyBlob, keys: OpenWith): Promise<readonly AgeIdentity[]> {
  if (keys.passphrase === undefined) return keys.identities ?? [];
  const bytes = contents.blobs.get(key.digest);
  if (bytes === undefined)
    throw new Failure('internal', 'the archive does not have its key', { subject: key.digest });
  const decrypt = await decrypterWithPassphrase(keys.passphrase);
  try {
    return [(await decrypt(bytes)).toString().trim()];
  } catch (error) {
    throw new Failure('refused', 'the passphrase is not the one of this archive', {
      hints: ['pass the passphrase that was given when the backup was made'],
      cause: error,
    });
  }
}

/** A hybrid recipient has two thousand characters; its beginning tells it from others. */
function shown(recipient: string): string {
  return recipient.length > 100 ? `${recipient.slice(0, 24)}…` : recipient;
}

function refused(secrets: AgeProtection, reason: string, subject?: string): Failure {
  const hint =
    secrets.key === undefined
      ? `pass an identity of one of the recipients: ${secrets.recipients.map(shown).join(', ')}`
      : 'pass the passphrase that was given when the backup was made';
  return new Failure('refused', `the secrets of this archive are encrypted, and ${reason}`, {
    ...(subject === undefined ? {} : { subject }),
    hints: [hint],
  });
}
