import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/**
 * The part of an age file behind its header (age-encryption.org/v1, "Payload"): chunks of 64 KiB, each sealed with
 * ChaCha20-Poly1305 under its number. node:crypto does it some six times as fast as the library in JavaScript.
 */

const CHUNK = 64 * 1024;
const TAG = 16;
const NONCE = 16;
const CIPHER = 'chacha20-poly1305';

/** The payload, in pieces. */
export function sealPayload(plain: Buffer, fileKey: Uint8Array): Buffer[] {
  const nonce = randomBytes(NONCE);
  const key = payloadKey(fileKey, nonce);
  const parts: Buffer[] = [nonce];
  const chunks = Math.max(1, Math.ceil(plain.length / CHUNK));
  for (let number = 0; number < chunks; number += 1) {
    const nonce = chunkNonce(number, number === chunks - 1);
    const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG });
    parts.push(cipher.update(plain.subarray(number * CHUNK, (number + 1) * CHUNK)));
    // A stream cipher holds nothing back.
    cipher.final();
    parts.push(cipher.getAuthTag());
  }
  return parts;
}

/** @throws Error when it is cut short, changed, or sealed with another key. */
export function openPayload(sealed: Buffer, fileKey: Uint8Array): Buffer {
  if (sealed.length < NONCE + TAG) throw new Error('it is cut short');
  const key = payloadKey(fileKey, sealed.subarray(0, NONCE));
  const body = sealed.subarray(NONCE);
  const parts: Buffer[] = [];
  const chunks = Math.ceil(body.length / (CHUNK + TAG));
  for (let number = 0; number < chunks; number += 1) {
    const isLast = number === chunks - 1;
    const chunk = body.subarray(number * (CHUNK + TAG), (number + 1) * (CHUNK + TAG));
    if (chunk.length < TAG || (isLast && number > 0 && chunk.length === TAG))
      throw new Error('it is cut short');
    const decipher = createDecipheriv(CIPHER, key, chunkNonce(number, isLast), { authTagLength: TAG });
    decipher.setAuthTag(chunk.subarray(chunk.length - TAG));
    parts.push(decipher.update(chunk.subarray(0, chunk.length - TAG)), decipher.final());
  }
  return Buffer.concat(parts);
}

/** The bytes of the header that an age file starts with. @throws Error. */
export function headerOf(file: Buffer): Buffer {
  const mac = file.indexOf('\n--- ');
  const end = mac < 0 ? -1 : file.indexOf('\n', mac + 1);
  if (end < 0) throw new Error('it is no age file');
  return file.subarray(0, end + 1);
}

function payloadKey(fileKey: Uint8Array, nonce: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32));
}

function chunkNonce(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(number, 5, 6);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return nonce;
}
