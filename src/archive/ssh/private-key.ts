import { createDecipheriv, createPrivateKey, type KeyObject } from 'node:crypto';
import { Failure } from '../../base/errors.ts';
import { bcryptPbkdf } from './bcrypt-pbkdf.ts';
import { ED25519, readPublicKey, type SshPublicKey } from './public-key.ts';
import { WireError, WireReader } from './wire.ts';

/** An ed25519 key pair of ssh. */
export interface SshKeyPair {
  readonly publicKey: SshPublicKey;
  /** The 32 bytes of which all of the private key follows (RFC 8032, 5.1.5). */
  readonly seed: Buffer;
}

const ARMOR = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]*)-----END OPENSSH PRIVATE KEY-----/;
const MAGIC = Buffer.from('openssh-key-v1\0');
/** Ciphers of private keys by OpenSSH's names, with the bytes of their keys and initialisation vectors. */
const CIPHERS: Readonly<
  Record<string, { readonly name: string; readonly key: number; readonly iv: number }>
> = {
  'aes256-ctr': { name: 'aes-256-ctr', key: 32, iv: 16 },
  'aes256-cbc': { name: 'aes-256-cbc', key: 32, iv: 16 },
  'aes192-ctr': { name: 'aes-192-ctr', key: 24, iv: 16 },
  'aes128-ctr': { name: 'aes-128-ctr', key: 16, iv: 16 },
};
/** ssh-keygen's default is 24; each takes some ten milliseconds, and a file may not ask for an hour. */
const MOST_ROUNDS = 1024;

/** True for what is a private key of OpenSSH, whatever its type. */
export function isPrivateKey(text: string): boolean {
  return ARMOR.test(text);
}

/**
 * Reads an ed25519 private key as ssh-keygen writes it (PROTOCOL.key).
 *
 * @param askPassphrase called for a key that is protected by one.
 * @throws Failure `usage`, which never has any of the key in it.
 */
export async function readPrivateKey(
  text: string,
  subject: string,
  askPassphrase: () => Promise<string>,
): Promise<SshKeyPair> {
  try {
    return await read(text, askPassphrase);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new Failure('usage', `it is no ed25519 private key of ssh: ${error.message}`, {
      subject,
      hints: ['make one with: ssh-keygen -t ed25519 -f FILE'],
    });
  }
}

async function read(text: string, askPassphrase: () => Promise<string>): Promise<SshKeyPair> {
  const [, body] = ARMOR.exec(text) ?? [];
  if (body === undefined) throw new WireError('it has no "BEGIN OPENSSH PRIVATE KEY"');
  const reader = new WireReader(Buffer.from(body, 'base64'));
  if (!reader.take(MAGIC.length).equals(MAGIC)) throw new WireError('it does not start as one');
  const cipher = reader.text();
  const kdf = reader.text();
  const kdfOptions = reader.string();
  if (reader.uint32() !== 1) throw new WireError('it has several keys');
  const publicKey = readPublicKey(reader.string());
  const sealed = reader.string();
  const plain = cipher === 'none' ? sealed : decrypt(sealed, cipher, kdf, kdfOptions, await askPassphrase());
  return pairOf(plain, publicKey);
}

function decrypt(sealed: Buffer, cipher: string, kdf: string, options: Buffer, passphrase: string): Buffer {
  const known = CIPHERS[cipher];
  if (known === undefined || kdf !== 'bcrypt') {
    throw new WireError(`it is encrypted with ${JSON.stringify(`${cipher}, ${kdf}`.slice(0, 60))}`);
  }
  const reader = new WireReader(options);
  const salt = reader.string();
  const rounds = reader.uint32();
  if (rounds === 0 || rounds > MOST_ROUNDS || salt.length === 0)
    throw new WireError(`it asks for ${rounds} rounds`);
  const key = bcryptPbkdf(Buffer.from(passphrase), salt, known.key + known.iv, rounds);
  const decipher = createDecipheriv(known.name, key.subarray(0, known.key), key.subarray(known.key));
  decipher.setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(sealed), decipher.final()]);
  if (!plain.subarray(0, 4).equals(plain.subarray(4, 8))) {
    throw new Failure('usage', 'the passphrase is not the one of this ssh key', {
      hints: ['pass the passphrase that ssh-keygen asked for when the key was made'],
    });
  }
  return plain;
}

/** The decrypted part: two equal numbers, by which a wrong passphrase shows, and the key. */
function pairOf(plain: Buffer, publicKey: SshPublicKey): SshKeyPair {
  const reader = new WireReader(plain);
  const check = reader.uint32();
  if (reader.uint32() !== check) throw new WireError('its check numbers differ');
  const type = reader.text();
  if (type !== ED25519) throw new WireError(`it is of the type ${JSON.stringify(type.slice(0, 40))}`);
  const key = reader.string();
  const secret = reader.string();
  if (!key.equals(publicKey.key) || secret.length !== 64) throw new WireError('its two halves differ');
  return { publicKey, seed: Buffer.from(secret.subarray(0, 32)) };
}

/** The key as Node signs with it. */
export function privateKeyObject({ seed, publicKey }: SshKeyPair): KeyObject {
  const [d, x] = [seed.toString('base64url'), publicKey.key.toString('base64url')];
  return createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d, x }, format: 'jwk' });
}
