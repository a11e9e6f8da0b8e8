import {
  Decrypter,
  Encrypter,
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
} from 'age-encryption';
import { describe, expect, it } from 'vitest';
import { decrypterWith, encrypterTo, parseIdentities, parseRecipients } from '../../src/archive/age.ts';
import { nativeRecipient } from '../../src/archive/age-native.ts';
import { openArchive } from '../../src/archive/open-archive.ts';
import { readObjects } from '../../src/archive/resources.ts';
import { type OpenWith, type SecretSealer, secretOpener, secretSealer } from '../../src/archive/secrets.ts';
import { readPrivateKey } from '../../src/archive/ssh/private-key.ts';
import { archiveOf, piped, sampleBackup, secret } from './fixtures.ts';
import { SSH_KEYS } from './ssh-keys.ts';

/** Cheap for scrypt, so that a test does not spend a second on it. */
const WORK_FACTOR = 4;
const identity = await generateX25519Identity();
const recipient = await identityToRecipient(identity);

/** The secrets of an archive that was written with a sealer and is read with some keys. */
async function secretsThrough(sealer: SecretSealer, keys: OpenWith): Promise<unknown[]> {
  const archive = await archiveOf(await sampleBackup(sealer));
  expect(archive.includes('hunter2')).toBe(false);
  const { head } = await openArchive(piped(archive));
  const opener = await secretOpener(head, keys);
  const objects: unknown[] = [];
  for (const blob of head.plan.resources.filter(({ kind }) => kind === 'Secret')) {
    for await (const object of readObjects(head, blob, opener)) objects.push(object);
  }
  return objects;
}

const login = [secret('login', 'aHVudGVyMg==')];

describe('secrets', () => {
  it('open with the identity of any recipient', async () => {
    const hybrid = await generateHybridIdentity();
    const sealer = await secretSealer({ recipients: [recipient, await identityToRecipient(hybrid)] });
    expect(await secretsThrough(sealer, { identities: [identity] })).toEqual(login);
    expect(await secretsThrough(sealer, { identities: [hybrid] })).toEqual(login);
  });

  it.each([
    ['X25519', generateX25519Identity, 'X25519', 32],
    ['mlkem768x25519', generateHybridIdentity, 'mlkem768x25519', 1120],
  ])('are hidden by node:crypto for %s as the library would', async (_, generate, type, bytes) => {
    const theirs = await generate();
    const native = nativeRecipient(await identityToRecipient(theirs));
    const [stanza] = (await native?.wrapFileKey(new Uint8Array(16).fill(7))) ?? [];
    expect([stanza?.args[0], Buffer.from(stanza?.args[1] ?? '', 'base64').length]).toEqual([type, bytes]);
    const encrypter = new Encrypter();
    if (native !== undefined) encrypter.addRecipient(native);
    const decrypter = new Decrypter();
    decrypter.addIdentity(theirs);
    expect(await decrypter.decrypt(await encrypter.encrypt('for them'), 'text')).toBe('for them');
  });

  it('of keys that node:crypto is not used for are left to the library, misspelt ones among them', () => {
    const misspelt = recipient.replace(/.$/, last => (last === 'q' ? 'p' : 'q'));
    for (const other of ['age1tag1qwerty', misspelt, recipient.toUpperCase().replace('A', 'a'), 'age1', ''])
      expect([other, nativeRecipient(other)]).toEqual([other, undefined]);
    expect(nativeRecipient(recipient)).toBeDefined();
  });

  it('open with a private key of ssh, whose owner is not named in the archive', async () => {
    const ssh = await readPrivateKey(SSH_KEYS.ours.text, 'ours', async () => '');
    const sealer = await secretSealer({ recipients: [recipient, SSH_KEYS.theirs.line, SSH_KEYS.ours.line] });
    expect(await secretsThrough(sealer, { identities: [ssh] })).toEqual(login);
    expect(await secretsThrough(sealer, { identities: [identity] })).toEqual(login);
    expect(sealer.protection.recipients).not.toContain('ours');
    const others = await secretSealer({ recipients: [SSH_KEYS.theirs.line] });
    await expect(secretsThrough(others, { identities: [ssh] })).rejects.toMatchObject({ code: 'refused' });
  });

  it.each([0, 1, 65_535, 65_536, 65_537, 200_000])(
    "are read by age's own library, and read what it writes: %d bytes",
    async size => {
      const plain = Buffer.alloc(size, 'secret ');
      const sealed = await (await encrypterTo([recipient]))(plain);
      const decrypter = new Decrypter();
      decrypter.addIdentity(identity);
      expect(Buffer.from(await decrypter.decrypt(sealed)).equals(plain)).toBe(true);
      const encrypter = new Encrypter();
      encrypter.addRecipient(recipient);
      const decrypt = await decrypterWith([identity]);
      expect((await decrypt(Buffer.from(await encrypter.encrypt(plain)))).equals(plain)).toBe(true);
      for (const cut of [1, 16, 65_552, 65_553].filter(bytes => bytes < sealed.length - 200)) {
        await expect(decrypt(sealed.subarray(0, sealed.length - cut))).rejects.toThrow();
      }
      const bent = Buffer.from(sealed);
      bent.writeUInt8(bent.readUInt8(sealed.length - 20) ^ 1, sealed.length - 20);
      await expect(decrypt(bent)).rejects.toThrow();
    },
  );

  it('open with the passphrase', async () => {
    const sealer = await secretSealer({ passphrase: 'correct horse' }, WORK_FACTOR);
    expect(await secretsThrough(sealer, { passphrase: 'correct horse' })).toEqual(login);
  });

  it('do not open with another identity, and it is said who can', async () => {
    const sealer = await secretSealer({ recipients: [recipient] });
    const keys = { identities: [await generateX25519Identity()] };
    await expect(secretsThrough(sealer, keys)).rejects.toMatchObject({
      code: 'refused',
      exit: 5,
      subject: 'resources/Secret-000.jsonl.zst.age',
      hints: [`pass an identity of one of the recipients: ${recipient}`],
    });
  });

  it('name a hybrid recipient by its beginning: it has two thousand characters', async () => {
    const hybrid = await identityToRecipient(await generateHybridIdentity());
    const sealer = await secretSealer({ recipients: [hybrid, recipient] });
    const keys = { identities: [await generateX25519Identity()] };
    await expect(secretsThrough(sealer, keys)).rejects.toMatchObject({
      hints: [`pass an identity of one of the recipients: ${hybrid.slice(0, 24)}…, ${recipient}`],
    });
  });

  it('do not open with another passphrase', async () => {
    const sealer = await secretSealer({ passphrase: 'correct horse' }, WORK_FACTOR);
    await expect(secretsThrough(sealer, { passphrase: 'battery staple' })).rejects.toMatchObject({
      code: 'refused',
      message: 'the passphrase is not the one of this archive',
    });
  });

  it('do not open with nothing, and it is said what is wanted', async () => {
    const toPerson = await secretSealer({ recipients: [recipient] });
    await expect(secretsThrough(toPerson, {})).rejects.toMatchObject({
      hints: [expect.stringContaining(recipient)],
    });
    const withPassphrase = await secretSealer({ passphrase: 'correct horse' }, WORK_FACTOR);
    await expect(secretsThrough(withPassphrase, {})).rejects.toMatchObject({
      code: 'refused',
      hints: ['pass the passphrase that was given when the backup was made'],
    });
  });

  it('in plain text need no key', async () => {
    expect(await secretOpener(await sampleBackup(), { passphrase: 'any' })).toBeUndefined();
  });
});

describe('keys', () => {
  it('are taken from files with comments', () => {
    const text = `# created: 2026\r\n# public key: ${recipient}\r\n\r\n  ${identity}\r\n`;
    expect(parseIdentities(text)).toEqual([identity]);
    expect(parseRecipients(`# ours\n${recipient}\n\n`)).toEqual([recipient]);
  });

  it('that are none are refused, and no secret one is repeated', async () => {
    await expect(secretSealer({ recipients: [] })).rejects.toMatchObject({ code: 'usage' });
    await expect(secretSealer({ passphrase: '' })).rejects.toMatchObject({ code: 'usage' });
    await expect(secretSealer({ recipients: ['age1nonsense'] })).rejects.toMatchObject({
      code: 'usage',
      subject: 'age1nonsense',
    });
    for (const other of ['ssh-rsa AAAA', SSH_KEYS.ecdsa.line, 'ssh-ed25519 AAAA']) {
      await expect(secretSealer({ recipients: [other] })).rejects.toMatchObject({
        code: 'usage',
        hints: ['of the keys of ssh, those of the type ed25519 can be recipients: ssh-ed25519 AAAA…'],
      });
    }
    const swapped = await secretSealer({ recipients: [identity] }).catch(error => error);
    expect(swapped).toMatchObject({ code: 'usage' });
    expect(JSON.stringify([swapped.message, swapped.subject, swapped.hints])).not.toContain(identity);
    const sealer = await secretSealer({ recipients: [recipient] });
    const wrong = await secretsThrough(sealer, { identities: [`${identity}X`] }).catch(error => error);
    expect(wrong).toMatchObject({
      code: 'usage',
      message: 'identity 1 is no age identity that this program knows',
    });
  });
});
