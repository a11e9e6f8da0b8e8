import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { WireError, WireReader } from './wire.ts';

/** The name of the type (RFC 8709). */
export const ED25519 = 'ssh-ed25519';
const KEY_BYTES = 32;

/** An ed25519 key of ssh (RFC 8709). */
export interface SshPublicKey {
  /** As it stands in signatures and in `.pub` files, before base64. */
  readonly blob: Buffer;
  /** The 32 bytes of the key itself. */
  readonly key: Buffer;
}

/** @throws WireError for keys of other types. */
export function readPublicKey(blob: Buffer): SshPublicKey {
  const reader = new WireReader(blob);
  const type = reader.text();
  if (type !== ED25519) throw new WireError(`it is a key of the type ${JSON.stringify(type.slice(0, 40))}`);
  const key = reader.string();
  reader.end();
  if (key.length !== KEY_BYTES) throw new WireError(`its key has ${key.length} bytes`);
  return { blob, key };
}

/** One line of a `.pub` file, `ssh-ed25519 AAAA… comment`. @throws WireError. */
export function parsePublicKey(line: string): SshPublicKey {
  const [type = '', encoded = ''] = line.trim().split(/[ \t]+/);
  if (type !== ED25519) throw new WireError(`it is of the type ${JSON.stringify(type.slice(0, 40))}`);
  const blob = Buffer.from(encoded, 'base64');
  if (blob.toString('base64') !== encoded) throw new WireError('its key is not base64');
  return readPublicKey(blob);
}

/** As `ssh-keygen -l` prints it. */
export function fingerprintOf({ blob }: Pick<SshPublicKey, 'blob'>): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** The key as Node checks signatures with it. */
export function keyObjectOf({ key }: SshPublicKey): KeyObject {
  const x = key.toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}
