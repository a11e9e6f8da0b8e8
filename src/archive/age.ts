import type { Encrypter, Recipient } from 'age-encryption';
import { Failure, reasonOf } from '../base/errors.ts';
import { newHeader } from './age-header.ts';
import { nativeRecipient } from './age-native.ts';
import { headerOf, openPayload, sealPayload } from './age-payload.ts';
import { sshIdentity, sshRecipient } from './age-ssh.ts';
import type { SshKeyPair } from './ssh/private-key.ts';
import { ED25519, parsePublicKey } from './ssh/public-key.ts';

/*
 * The age library, which is imported only by runs that need it: it reads the headers, in which the keys of files are
 * hidden, and writes those for a passphrase, or for keys that this Node.js does not know. Other headers and what follows
 * them are ours (age-header.ts, age-payload.ts). Keys come in as text from people, so a message never quotes what could be
 * a secret one.
 */
const age = () => import('age-encryption');

const SECRET_KEY = /^AGE-(SECRET-KEY|PLUGIN)-/i;

/** What opens an age file: an age identity (`AGE-SECRET-KEY-1…`, `AGE-SECRET-KEY-PQ-1…`), or a key of ssh. */
export type AgeIdentity = string | SshKeyPair;

/** Encrypts one file. */
export type Encrypt = (plain: Buffer) => Promise<Buffer>;

/**
 * Encrypts to public keys (`age1…`, `age1pq1…`, `ssh-ed25519 AAAA…`).
 * @throws Failure `usage` naming the key that is none.
 */
export async function encrypterTo(recipients: readonly string[]): Promise<Encrypt> {
  const native = recipients.map(recipientOf);
  const hide = native.every(one => one !== undefined)
    ? () => newHeader(native)
    : await headersOfLibrary(recipients.map((recipient, at) => native[at] ?? recipient));
  // Of the first file it is made while the cluster is being connected to.
  let ahead: ReturnType<typeof hide> | undefined = hide();
  ahead.catch(() => undefined);
  return async plain => {
    const next = ahead ?? hide();
    ahead = undefined;
    const { header, fileKey } = await next;
    return Buffer.concat([header, ...sealPayload(plain, fileKey)]);
  };
}

/** Undefined for what only the library knows, or says why it does not. @throws Failure `usage` for a key of ssh that is none. */
function recipientOf(recipient: string): Recipient | undefined {
  if (!recipient.startsWith(ED25519)) return nativeRecipient(recipient);
  try {
    return sshRecipient(parsePublicKey(recipient));
  } catch (error) {
    throw notRecipient(recipient, error);
  }
}

/** Where a recipient is among them that only the library knows. @throws Failure `usage` naming the key that is none. */
async function headersOfLibrary(recipients: readonly (string | Recipient)[]) {
  const { Encrypter } = await age();
  for (const recipient of recipients) {
    if (typeof recipient !== 'string') continue;
    try {
      new Encrypter().addRecipient(recipient);
    } catch (error) {
      throw notRecipient(recipient, error);
    }
  }
  return async () => {
    let fileKey = new Uint8Array();
    // A recipient to nobody, to whom the library tells the key.
    const listener: Recipient = {
      wrapFileKey(key) {
        fileKey = Uint8Array.from(key);
        return [];
      },
    };
    const encrypter = new Encrypter();
    for (const recipient of [...recipients, listener]) encrypter.addRecipient(recipient);
    return { header: await headerBy(encrypter), fileKey };
  };
}

/** The library puts the header before what it reads of a stream; what it gathers in one piece costs a part of Node.js. */
async function headerBy(encrypter: Encrypter): Promise<Buffer> {
  const reader = (await encrypter.encrypt(new ReadableStream())).getReader();
  const { value = new Uint8Array() } = await reader.read();
  await reader.cancel();
  return headerOf(Buffer.from(value));
}

/** @param workFactor base-2 logarithm of scrypt's cost; age's own default when absent. */
export async function encrypterWithPassphrase(passphrase: string, workFactor?: number): Promise<Encrypt> {
  const { Encrypter } = await age();
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  if (workFactor !== undefined) encrypter.setScryptWorkFactor(workFactor);
  return async plain => Buffer.from(await encrypter.encrypt(plain));
}

/** Decrypts one file. @throws Error when no key fits, or it is not as it was written. */
export type Decrypt = (file: Buffer) => Promise<Buffer>;

/** @throws Failure `usage` for an identity that is none. */
export async function decrypterWith(identities: readonly AgeIdentity[]): Promise<Decrypt> {
  const { Decrypter } = await age();
  const decrypter = new Decrypter();
  for (const [at, identity] of identities.entries()) {
    try {
      decrypter.addIdentity(typeof identity === 'string' ? identity : sshIdentity(identity));
    } catch {
      throw new Failure('usage', `identity ${at + 1} is no age identity that this program knows`, {
        hints: [
          'an identity is a line that starts with AGE-SECRET-KEY-, as age-keygen writes it, or an ed25519 key of ssh',
        ],
      });
    }
  }
  return async file => {
    const header = headerOf(file);
    return openPayload(file.subarray(header.length), await decrypter.decryptHeader(header));
  };
}

export async function decrypterWithPassphrase(passphrase: string): Promise<Decrypt> {
  const { Decrypter } = await age();
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  return async file => Buffer.from(await decrypter.decrypt(file));
}

/** A fresh X25519 identity, which every release of age can read, and its recipient. */
export async function newIdentity(): Promise<{ identity: string; recipient: string }> {
  const { generateX25519Identity, identityToRecipient } = await age();
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/** Recipients from a file as age takes it: one a line, with comments and empty lines. */
export function parseRecipients(text: string): string[] {
  return keyLines(text);
}

/** Identities from a file as `age-keygen` writes it. */
export function parseIdentities(text: string): string[] {
  return keyLines(text);
}

function keyLines(text: string): string[] {
  const lines = text.split(/\r?\n/).map(line => line.trim());
  return lines.filter(line => line !== '' && !line.startsWith('#'));
}

function notRecipient(recipient: string, cause: unknown): Failure {
  if (SECRET_KEY.test(recipient)) {
    return new Failure('usage', 'an identity, which is a secret key, was given as a recipient', {
      hints: ['pass its public key, age1…, as "age-keygen -y" prints it'],
    });
  }
  const isSsh = /^(ssh|ecdsa|sk)-/.test(recipient);
  const hints = isSsh
    ? ['of the keys of ssh, those of the type ed25519 can be recipients: ssh-ed25519 AAAA…']
    : [
        'a recipient is a public key that starts with age1, as age-keygen prints it, or an ed25519 key of ssh',
      ];
  return new Failure('usage', `no age recipient: ${reasonOf(cause)}`, {
    subject: recipient.slice(0, 80),
    hints,
  });
}
