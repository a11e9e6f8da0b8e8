import type { Decrypter, Encrypter } from 'age-encryption';
import { Failure, reasonOf } from '../base/errors.ts';

/*
 * The age library, which is imported only by runs that need it. Keys come in as text from people, so a message never
 * quotes what could be a secret one.
 */
const age = () => import('age-encryption');

const IDENTITY = /^AGE-(SECRET-KEY|PLUGIN)-/i;

/** An encrypter to public keys (`age1…`, `age1pq1…`). @throws Failure `usage` naming the key that is none. */
export async function encrypterTo(recipients: readonly string[]): Promise<Encrypter> {
  const { Encrypter } = await age();
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (error) {
      throw notRecipient(recipient, error);
    }
  }
  return encrypter;
}

/** @param workFactor base-2 logarithm of scrypt's cost; age's own default when absent. */
export async function encrypterWithPassphrase(passphrase: string, workFactor?: number): Promise<Encrypter> {
  const { Encrypter } = await age();
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  if (workFactor !== undefined) encrypter.setScryptWorkFactor(workFactor);
  return encrypter;
}

/** A decrypter for secret keys (`AGE-SECRET-KEY-1…`, `AGE-SECRET-KEY-PQ-1…`). @throws Failure `usage`. */
export async function decrypterWith(identities: readonly string[]): Promise<Decrypter> {
  const { Decrypter } = await age();
  const decrypter = new Decrypter();
  for (const [at, identity] of identities.entries()) {
    try {
      decrypter.addIdentity(identity);
    } catch {
      throw new Failure('usage', `identity ${at + 1} is no age identity that this program knows`, {
        hints: ['an identity is a line that starts with AGE-SECRET-KEY-, as age-keygen writes it'],
      });
    }
  }
  return decrypter;
}

export async function decrypterWithPassphrase(passphrase: string): Promise<Decrypter> {
  const { Decrypter } = await age();
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  return decrypter;
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
  if (IDENTITY.test(recipient)) {
    return new Failure('usage', 'an identity, which is a secret key, was given as a recipient', {
      hints: ['pass its public key, age1…, as "age-keygen -y" prints it'],
    });
  }
  const hints = recipient.startsWith('ssh-')
    ? ['ssh keys are not supported as recipients: make an age key with age-keygen']
    : ['a recipient is a public key that starts with age1, as age-keygen prints it'];
  return new Failure('usage', `no age recipient: ${reasonOf(cause)}`, {
    subject: recipient.slice(0, 80),
    hints,
  });
}
