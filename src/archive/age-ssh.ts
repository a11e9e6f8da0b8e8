import { createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import type { Identity, Recipient } from 'age-encryption';
import { base64, hide, newShare, stanza, TAG_BYTES, x25519, ZERO_NONCE } from './age-wrap.ts';
import type { SshKeyPair } from './ssh/private-key.ts';
import { ED25519, type SshPublicKey } from './ssh/public-key.ts';

/**
 * Keys of ssh as age takes them (age's package agessh): X25519 with the ed25519 key in its other form, tied to that
 * one ssh key. The age library does not have them.
 */

const LABEL = 'age-encryption.org/v1/ssh-ed25519';
const FIELD = 2n ** 255n - 19n;

/** @param newStanza makes what the library takes. */
export function sshRecipient(publicKey: SshPublicKey): Recipient {
  return {
    wrapFileKey(fileKey) {
      const theirs = montgomeryOf(publicKey.key);
      const { share, shared } = newShare(theirs);
      const key = wrappingKey(shared, share, theirs, publicKey);
      return [stanza([ED25519, tagOf(publicKey), base64(share)], hide(fileKey, key))];
    },
  };
}

/** Opens what is encrypted to an ed25519 key of ssh. */
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
