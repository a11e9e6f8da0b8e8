import { createCipheriv, createPrivateKey, createPublicKey, diffieHellman, randomBytes } from 'node:crypto';
import type { Stanza } from 'age-encryption';

/*
 * What recipients of all kinds have in common in how they hide a file's key: X25519, and one chunk of ChaCha20-Poly1305.
 */

/** A stanza as the age library has it. */
export function stanza(args: string[], body: Uint8Array): Stanza {
  return { args, body };
}

/** Of Poly1305, behind what it vouches for. */
export const TAG_BYTES = 16;
/** For keys that encrypt one thing only. */
export const ZERO_NONCE = Buffer.alloc(12);

/** What stands before the 32 bytes of an X25519 key in DER (RFC 8410). */
const PRIVATE = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC = Buffer.from('302a300506032b656e032100', 'hex');
const BASE_POINT = Buffer.from([9, ...new Array<number>(31).fill(0)]);

/** The secret that a scalar and a point share (RFC 7748), 32 bytes each. */
export function x25519(scalar: Buffer, point: Buffer): Buffer {
  return diffieHellman({
    privateKey: createPrivateKey({ key: Buffer.concat([PRIVATE, scalar]), format: 'der', type: 'pkcs8' }),
    publicKey: createPublicKey({ key: Buffer.concat([PUBLIC, point]), format: 'der', type: 'spki' }),
  });
}

/** A fresh key's public half, and the secret that its private half shares with somebody's public key. */
export function newShare(theirs: Buffer): { share: Buffer; shared: Buffer } {
  const ephemeral = randomBytes(32);
  return { share: x25519(ephemeral, BASE_POINT), shared: x25519(ephemeral, theirs) };
}

/** The body of a stanza. */
export function hide(fileKey: Uint8Array, key: Buffer, nonce: Buffer = ZERO_NONCE): Uint8Array {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG_BYTES });
  return new Uint8Array(Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]));
}

/** Without padding, as age has it. */
export function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
