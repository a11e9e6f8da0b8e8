import { createHash } from 'node:crypto';
import { Blowfish, wordsOf } from './blowfish.ts';

const HASH_BYTES = 32;
const MAGIC = Buffer.from('OxychromaticBlowfishSwatDynamite');
/** log2 of how often bcrypt stirs key and salt in. */
const COST = 6;

/**
 * The key that a passphrase gives for an OpenSSH private key: OpenBSD's bcrypt_pbkdf(3), which is PBKDF2 over bcrypt,
 * its output spread over the whole key. Node has no bcrypt.
 */
export function bcryptPbkdf(passphrase: Buffer, salt: Buffer, length: number, rounds: number): Buffer {
  const key = Buffer.alloc(length);
  const stride = Math.ceil(length / HASH_BYTES);
  const password = sha512(passphrase);
  for (let block = 0; block < stride; block += 1) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(block + 1);
    let output = bcryptHash(password, sha512(Buffer.concat([salt, counter])));
    const sum = Buffer.from(output);
    for (let round = 1; round < rounds; round += 1) {
      output = bcryptHash(password, sha512(output));
      for (const [at, byte] of output.entries()) sum[at] = (sum[at] ?? 0) ^ byte;
    }
    for (const [at, byte] of sum.entries()) {
      const place = at * stride + block;
      if (place < length) key[place] = byte;
    }
  }
  return key;
}

function bcryptHash(password: Buffer, salt: Buffer): Buffer {
  const cipher = new Blowfish();
  cipher.expand(password, salt);
  for (let round = 0; round < 2 ** COST; round += 1) {
    cipher.expand(salt);
    cipher.expand(password);
  }
  const words = Uint32Array.from({ length: MAGIC.length / 4 }, wordsOf(MAGIC));
  for (let round = 0; round < 2 ** COST; round += 1) {
    for (let at = 0; at < words.length; at += 2) cipher.encrypt(words, at);
  }
  const hash = Buffer.alloc(HASH_BYTES);
  for (const [at, word] of words.entries()) hash.writeUInt32LE(word, at * 4);
  return hash;
}

function sha512(bytes: Buffer): Buffer {
  return createHash('sha512').update(bytes).digest();
}
