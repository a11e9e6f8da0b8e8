import { Failure } from '../base/errors.ts';
import { type AllowedSigner, objectionTo } from './ssh/allowed-signers.ts';
import { fingerprintOf, type SshPublicKey } from './ssh/public-key.ts';
import {
  type Ed25519Sign,
  isSignatureOf,
  parseSignature,
  type SshSignature,
  signMessage,
} from './ssh/signature.ts';
import { WireError } from './ssh/wire.ts';

/** The namespace of our signatures, so that none of another purpose can be put in their place. */
const SIGNATURE_NAMESPACE = 'asa-backup';
/** Bytes of an armored ed25519 signature in our namespace. */
export const SIGNATURE_BYTES = 302;

/** Signs the seals of archives. */
export interface SealSigner {
  readonly publicKey: SshPublicKey;
  readonly sign: Ed25519Sign;
}

/** By whom an archive is signed. */
export interface SealSignature {
  /** The key's fingerprint, `SHA256:…`. */
  readonly key: string;
  /** Who it is in the file of allowed signers; undefined where none was asked for. */
  readonly principals?: string;
}

/** The signature of a seal's bytes, as it stands in the archive. */
export async function signSeal(seal: Buffer, { publicKey, sign }: SealSigner): Promise<Buffer> {
  const armored = await signMessage(seal, SIGNATURE_NAMESPACE, publicKey, sign);
  if (!isSignatureOf(parseSignature(armored), seal)) {
    throw new Failure('refused', 'the key to sign with made a signature that is not right', {
      subject: fingerprintOf(publicKey),
      hints: ['see whether the ssh agent is the one that you mean'],
    });
  }
  return armored;
}

/**
 * Reads the signature of a seal. It must be right, whoever made it.
 *
 * @throws Failure `damaged`.
 */
export function readSealSignature(armored: Buffer, seal: Buffer, subject: string): SshSignature {
  const wrong = (message: string) =>
    new Failure('damaged', message, {
      subject,
      hints: ['copy the archive again from where it was made, or make a new backup'],
    });
  let signature: SshSignature;
  try {
    signature = parseSignature(armored);
  } catch (error) {
    if (error instanceof WireError) throw wrong(`it is no signature: ${error.message}`);
    throw error;
  }
  if (signature.namespace !== SIGNATURE_NAMESPACE || !isSignatureOf(signature, seal))
    throw wrong('it is not the signature of this seal');
  return signature;
}

/**
 * Checks that an archive is signed by somebody who may sign it.
 *
 * @param at when the archive says that it was made: keys are valid for what is signed in their time.
 * @throws Failure `refused`.
 */
export function checkSigner(
  signature: SshSignature | undefined,
  allowed: readonly AllowedSigner[],
  at: Date,
): SealSignature {
  if (signature === undefined) throw refused('the archive is not signed, and a signature is asked for');
  const key = fingerprintOf(signature.publicKey);
  const signers = allowed.filter(signer => signer.key.equals(signature.publicKey.blob));
  if (signers.length === 0)
    throw refused('the archive is signed with a key that is not among the allowed signers', key);
  const objections = signers.map(signer => objectionTo(signer, SIGNATURE_NAMESPACE, at));
  const signer = signers[objections.indexOf(undefined)];
  if (signer === undefined) throw refused(`the archive's signature does not count: ${objections[0]}`, key);
  return { key, principals: signer.principals };
}

function refused(message: string, subject?: string): Failure {
  return new Failure('refused', message, {
    ...(subject !== undefined && { subject }),
    hints: ['ask whoever made the archive, by another way than the one by which it came'],
  });
}
