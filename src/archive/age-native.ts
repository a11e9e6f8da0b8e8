import * as crypto from 'node:crypto';
import { createHash, createHmac, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { Recipient } from 'age-encryption';
import { base64, hide, newShare, stanza } from './age-wrap.ts';
import { decodeBech32 } from './bech32.ts';

/*
 * age's own recipients by node:crypto, which does in a fraction of a millisecond what takes the library, in JavaScript,
 * two for X25519 and twenty for the hybrid: once for each resource blob.
 */

/**
 * The same as the library's recipient; undefined for what is none of these, is misspelt, or needs a newer Node.js: the
 * library knows it, or says what is wrong with it.
 */
export function nativeRecipient(recipient: string): Recipient | undefined {
  const { prefix, bytes } = decodeBech32(recipient) ?? {};
  if (bytes === undefined) return undefined;
  if (prefix === 'age' && bytes.length === X25519_BYTES)
    return { wrapFileKey: fileKey => [wrapX25519(bytes, fileKey)] };
  return prefix === 'age1pq' && bytes.length === ML_KEM_BYTES + X25519_BYTES ? hybrid(bytes) : undefined;
}

const X25519_BYTES = 32;
const X25519_LABEL = 'age-encryption.org/v1/X25519';

/** age-encryption.org/v1, "The X25519 recipient type". */
function wrapX25519(theirs: Buffer, fileKey: Uint8Array) {
  const { share, shared } = newShare(theirs);
  const salt = Buffer.concat([share, theirs]);
  const key = Buffer.from(hkdfSync('sha256', shared, salt, X25519_LABEL, 32));
  return stanza(['X25519', base64(share)], hide(fileKey, key));
}

/** Of the public key of ML-KEM-768 (FIPS 203), and what stands before it in DER (RFC 9935). */
const ML_KEM_BYTES = 1184;
const ML_KEM_DER = Buffer.from('308204b2300b0609608648016503040402038204a100', 'hex');
const HYBRID_LABEL = 'age-encryption.org/mlkem768x25519';
/** Of X-Wing, draft-connolly-cfrg-xwing-kem. */
const XWING_LABEL = Buffer.from('5c2e2f2f5e5c', 'hex');

/** age's mlkem768x25519: HPKE (RFC 9180) in its base mode with X-Wing, HKDF-SHA256 and ChaCha20-Poly1305. */
function hybrid(key: Buffer): Recipient | undefined {
  const theirs = key.subarray(ML_KEM_BYTES);
  const mlKem = mlKemKey(key.subarray(0, ML_KEM_BYTES));
  if (mlKem === undefined || crypto.encapsulate === undefined) return undefined;
  return {
    wrapFileKey(fileKey) {
      const { sharedKey, ciphertext } = crypto.encapsulate(mlKem);
      const { share, shared } = newShare(theirs);
      const secret = createHash('sha3-256');
      for (const part of [sharedKey, shared, share, theirs, XWING_LABEL]) secret.update(part);
      const context = contextOf(secret.digest());
      const encapsulated = base64(Buffer.concat([ciphertext, share]));
      return [stanza(['mlkem768x25519', encapsulated], hide(fileKey, context.key, context.nonce))];
    },
  };
}

function mlKemKey(bytes: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.concat([ML_KEM_DER, bytes]), format: 'der', type: 'spki' });
  } catch {
    // An OpenSSL before 3.5 knows no such key; the library does it then.
    return undefined;
  }
}

const SUITE = Buffer.concat([Buffer.from('HPKE'), Buffer.from([0x64, 0x7a, 0x00, 0x01, 0x00, 0x03])]);
const NOTHING = Buffer.alloc(0);

/** RFC 9180, 5.1: KeySchedule. */
function contextOf(shared: Buffer): { key: Buffer; nonce: Buffer } {
  const mode = Buffer.from([0]);
  const schedule = Buffer.concat([
    mode,
    extract(NOTHING, 'psk_id_hash', NOTHING),
    extract(NOTHING, 'info_hash', Buffer.from(HYBRID_LABEL)),
  ]);
  const secret = extract(shared, 'secret', NOTHING);
  return { key: expand(secret, 'key', schedule, 32), nonce: expand(secret, 'base_nonce', schedule, 12) };
}

/** RFC 9180, 4: LabeledExtract. */
function extract(salt: Buffer, label: string, input: Buffer): Buffer {
  const labelled = [Buffer.from('HPKE-v1'), SUITE, Buffer.from(label), input];
  return createHmac('sha256', salt).update(Buffer.concat(labelled)).digest();
}

/** RFC 9180, 4: LabeledExpand, of no more than one block of the hash. */
function expand(secret: Buffer, label: string, info: Buffer, length: number): Buffer {
  const lead = Buffer.from([length >> 8, length & 0xff]);
  const labelled = [lead, Buffer.from('HPKE-v1'), SUITE, Buffer.from(label), info, Buffer.from([1])];
  return createHmac('sha256', secret).update(Buffer.concat(labelled)).digest().subarray(0, length);
}
