import { createHash, sign, verify } from 'node:crypto';
import { privateKeyObject, type SshKeyPair } from './private-key.ts';
import { ED25519, keyObjectOf, readPublicKey, type SshPublicKey } from './public-key.ts';
import { string, uint32, WireError, WireReader } from './wire.ts';

/** OpenSSH's signatures of files (PROTOCOL.sshsig), as `ssh-keygen -Y sign` makes them. */

const MAGIC = 'SSHSIG';
const VERSION = 1;
const HASH = 'sha512';
const BEGIN = '-----BEGIN SSH SIGNATURE-----';
const END = '-----END SSH SIGNATURE-----';
const LINE = 70;

/** Signs bytes with an ed25519 key: the 64 bytes of RFC 8032. */
export type Ed25519Sign = (bytes: Buffer) => Promise<Buffer>;

/** What an armored signature holds (PROTOCOL.sshsig). */
export interface SshSignature {
  readonly publicKey: SshPublicKey;
  readonly namespace: string;
  readonly signature: Buffer;
}

/** Signs with a key that is at hand, as an agent does with one that is not. */
export function signerOf(pair: SshKeyPair): Ed25519Sign {
  const key = privateKeyObject(pair);
  return async bytes => sign(null, bytes, key);
}

/** The armored signature of a message: always the same bytes for the same key and message. */
export async function signMessage(
  message: Buffer,
  namespace: string,
  publicKey: SshPublicKey,
  signBytes: Ed25519Sign,
): Promise<Buffer> {
  const signature = await signBytes(signedBytes(message, namespace));
  return armor({ publicKey, namespace, signature });
}

/** True when it is the signature of this message by the key that it names. */
export function isSignatureOf({ publicKey, namespace, signature }: SshSignature, message: Buffer): boolean {
  return verify(null, signedBytes(message, namespace), keyObjectOf(publicKey), signature);
}

/** Takes exactly what {@link signMessage} makes, so that no second form of a signature is one. @throws WireError. */
export function parseSignature(armored: Buffer): SshSignature {
  const lines = armored.toString('latin1').split('\n');
  if (lines.shift() !== BEGIN) throw new WireError('it does not start as one');
  const body = lines.slice(0, lines.indexOf(END)).join('');
  const reader = new WireReader(Buffer.from(body, 'base64'));
  if (reader.take(MAGIC.length).toString('latin1') !== MAGIC) throw new WireError('it does not start as one');
  const version = reader.uint32();
  if (version !== VERSION) throw new WireError(`it has version ${version}`);
  const publicKey = readPublicKey(reader.string());
  const namespace = reader.text();
  reader.string();
  if (reader.text() !== HASH) throw new WireError(`it is not over a ${HASH}`);
  const inner = new WireReader(reader.string());
  if (inner.text() !== ED25519) throw new WireError('it is of another type than its key');
  const found = { publicKey, namespace, signature: inner.string() };
  if (!armor(found).equals(armored)) throw new WireError('it is not written as it must be');
  return found;
}

function signedBytes(message: Buffer, namespace: string): Buffer {
  const digest = createHash(HASH).update(message).digest();
  return Buffer.concat([Buffer.from(MAGIC), ...[namespace, '', HASH, digest].map(string)]);
}

function armor({ publicKey, namespace, signature }: SshSignature): Buffer {
  const bytes = Buffer.concat([
    Buffer.from(MAGIC),
    uint32(VERSION),
    string(publicKey.blob),
    ...[namespace, '', HASH].map(string),
    string(Buffer.concat([string(ED25519), string(signature)])),
  ]);
  const lines = bytes.toString('base64').match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return Buffer.from(`${[BEGIN, ...lines, END].join('\n')}\n`);
}
