import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import type { Identity, Recipient, Stanza } from 'age-encryption';
import type { SshKeyPair } from './ssh/private-key.ts';
import { ED25519, type SshPublicKey } from './ssh/public-key.ts';

/**
 * Keys of ssh as age takes them (age's package agessh): X25519 with the ed25519 key in its other form, tied to that
 * one ssh key. The age library does not have them.
 */

const LABEL = 'age-encryption.org/v1/ssh-ed25519';
const TAG_BYTES = 16;
const FIELD = 2n ** 255n - 19n;
/** What stands before the 32 bytes of an X25519 key in DER (RFC 8410). */
const PRIVATE = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC = Buffer.from('302a300506032b656e032100', 'hex');
const BASE_POINT = Buffer.from([9, ...new Array<number>(31).fill(0)]);
const ZERO_NONCE = Buffer.alloc(12);

/** @param newStanza makes what the library takes. */
export function sshRecipient(
  publicKey: SshPublicKey,
  newStanza: (args: string[], body: Uint8Array) => Stanza,
): Recipient {
  return {
    wrapFileKey(fileKey) {
      const theirs = montgomeryOf(publicKey.key);
      const ephemeral = randomBytes(32);
      const share = x25519(ephemeral, BASE_POINT);
      const key = wrappingKey(x25519(ephemeral, theirs), share, theirs, publicKey);
      const cipher = createCipheriv('chacha20-poly1305', key, ZERO_NONCE, { authTagLength: TAG_BYTES });
      const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
      return [newStanza([ED25519, tagOf(publicKey), base64(share)], new Uint8Array(body))];
    },
  };
}

export function sshIdentity({ publicKey, seed }: SshKeyPair): Identity {
  return {
    unwrapFileKey(stanzas) {
      const ours = stanzas.filter(({ args }) => args[0] === ED25519 && args[1] === tagOf(publicKey));
      for (const { args, body } of ours) {
        const share = Buffer.from(args[2] ?? '', 'base64');
        if (share.length !== 32 || body.length <= TAG_BYTES)
          throw new Error('a stanza for an ssh key is none');
        const secret = createHash('sha512').update(seed).digest().subarray(0, 32);
        const key = wrappingKey(x25519(secret, share), share, montgomeryOf(publicKey.key), publicKey);
        const decipher = createDecipheriv('chacha20-poly1305', key, ZERO_NONCE, { authTagLength: TAG_BYTES });
        decipher.setAuthTag(body.subarray(body.length - TAG_BYTES));
        const sealed = body.subarray(0, body.length - TAG_BYTES);
        return new Uint8Array(Buffer.concat([decipher.update(sealed), decipher.final()]));
      }
      return null;
    },
  };
}

/** The shared secret, tied to this very ssh key, and from it the key that hides the file's. */
function wrappingKey(shared: Buffer, share: Buffer, theirs: Buffer, { blob }: SshPublicKey): Buffer {
  const tweak = hkdf(Buffer.alloc(0), blob);
  return hkdf(x25519(tweak, shared), Buffer.concat([share, theirs]));
}

function hkdf(secret: Buffer, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, LABEL, 32));
}

function x25519(scalar: Buffer, point: Buffer): Buffer {
  return diffieHellman({
    privateKey: createPrivateKey({ key: Buffer.concat([PRIVATE, scalar]), format: 'der', type: 'pkcs8' }),
    publicKey: createPublicKey({ key: Buffer.concat([PUBLIC, point]), format: 'der', type: 'spki' }),
  });
}

/** An Edwards point as X25519 has it: u = (1 + y) / (1 - y) (RFC 7748, 4.1). */
function montgomeryOf(key: Buffer): Buffer {
  const y = BigInt(`0x${Buffer.from(key).reverse().toString('hex')}`) & (2n ** 255n - 1n);
  const u = (((1n + y) % FIELD) * power(FIELD + 1n - (y % FIELD), FIELD - 2n)) % FIELD;
  return Buffer.from(u.toString(16).padStart(64, '0'), 'hex').reverse();
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % FIELD;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % FIELD;
    square = (square * square) % FIELD;
  }
  return result;
}

/** By which an identity finds its stanza. */
function tagOf({ blob }: SshPublicKey): string {
  return base64(createHash('sha256').update(blob).digest().subarray(0, 4));
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
