import { createPrivateKey, sign } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openArchive } from '../../src/archive/open-archive.ts';
import { type SealSigner, SIGNATURE_BYTES } from '../../src/archive/signature.ts';
import { objectionTo, parseAllowedSigners } from '../../src/archive/ssh/allowed-signers.ts';
import { readPrivateKey } from '../../src/archive/ssh/private-key.ts';
import { fingerprintOf, parsePublicKey, type SshPublicKey } from '../../src/archive/ssh/public-key.ts';
import { signerOf } from '../../src/archive/ssh/signature.ts';
import { inspectArchive, verifyArchive } from '../../src/archive/verify.ts';
import { piped, signedSample } from './fixtures.ts';
import { SSH_KEYS } from './ssh-keys.ts';

const KEYS = Object.fromEntries(
  (['ours', 'theirs', 'locked'] as const).map(name => [
    name,
    { ...SSH_KEYS[name], publicKey: parsePublicKey(SSH_KEYS[name].line) },
  ]),
) as Record<'ours' | 'theirs' | 'locked', { text: string; line: string; publicKey: SshPublicKey }>;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asa-signature-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function signerWith(text: string, passphrase?: string): Promise<SealSigner> {
  const pair = await readPrivateKey(text, 'key', async () => passphrase ?? expect.fail('nothing is asked'));
  return { publicKey: pair.publicKey, sign: signerOf(pair) };
}

describe('a signed archive', () => {
  it('is read by everybody, and tells whose key it was', async () => {
    const key = KEYS.ours;
    const bytes = await signedSample(await signerWith(key.text));
    const { signature } = await verifyArchive(await openArchive(piped(bytes)));
    expect(signature).toEqual({ key: fingerprintOf(key.publicKey) });
  });

  it('is taken from an allowed signer, from a file before anything else of it is', async () => {
    const [key, other] = [KEYS.ours, KEYS.theirs];
    const path = join(folder, 'signed.tar');
    const bytes = await signedSample(await signerWith(key.text));
    await writeFile(path, bytes);
    const signers = parseAllowedSigners(`ops@example.com ${key.line}`, 'signers');
    for (const from of [path, piped(bytes)]) {
      const { signature } = await inspectArchive(from, { signers });
      expect(signature).toEqual({ key: fingerprintOf(key.publicKey), principals: 'ops@example.com' });
    }
    const strangers = parseAllowedSigners(`ops@example.com ${other.line}`, 'signers');
    const refused = {
      code: 'refused',
      message: 'the archive is signed with a key that is not among the allowed signers',
      subject: fingerprintOf(key.publicKey),
    };
    await expect(openArchive(path, { signers: strangers })).rejects.toMatchObject(refused);
    const reader = await openArchive(piped(bytes), { signers: strangers });
    await expect(reader.finish()).rejects.toMatchObject(refused);
  });

  it('has the same bytes whenever it is signed', async () => {
    const signer = await signerWith(KEYS.ours.text);
    expect((await signedSample(signer)).equals(await signedSample(signer))).toBe(true);
  });

  it('is signed with a key that has a passphrase', async () => {
    const { text, publicKey } = KEYS.locked;
    const signer = await signerWith(text, 'correct horse');
    expect(fingerprintOf(signer.publicKey)).toBe(fingerprintOf(publicKey));
    const { signature } = await verifyArchive(await openArchive(piped(await signedSample(signer))));
    expect(signature).toEqual({ key: fingerprintOf(publicKey) });
    await expect(signerWith(text, 'battery staple')).rejects.toMatchObject({
      code: 'usage',
      message: 'the passphrase is not the one of this ssh key',
    });
  });

  it('is refused when any byte of its signature is another one', async () => {
    const bytes = await signedSample(await signerWith(KEYS.ours.text));
    const start = bytes.indexOf('-----BEGIN SSH SIGNATURE');
    for (let at = start; at < start + SIGNATURE_BYTES; at += 1) {
      const bent = Buffer.from(bytes);
      bent.writeUInt8(bent.readUInt8(at) ^ 1, at);
      await expect(inspectArchive(piped(bent, 1 << 20))).rejects.toMatchObject({ code: 'damaged' });
    }
  });

  it("is refused when the signature is another seal's", async () => {
    const signer = await signerWith(KEYS.ours.text);
    const other = { ...signer, sign: (bytes: Buffer) => signer.sign(Buffer.concat([bytes, bytes])) };
    await expect(signedSample(other)).rejects.toMatchObject({ code: 'refused' });
  });
});

describe('an archive that is not signed', () => {
  it('is refused where somebody has to have signed, whatever it comes from', async () => {
    const key = KEYS.ours;
    const signers = parseAllowedSigners(`* ${key.line}`, 'signers');
    const refused = { code: 'refused', message: 'the archive is not signed, and a signature is asked for' };
    await expect(openArchive('test/vectors/valid-small.tar', { signers })).rejects.toMatchObject(refused);
    const first = await readFile('test/vectors/valid-small.tar');
    await expect(openArchive(piped(first), { signers })).rejects.toMatchObject(refused);
    const second = await signedSample();
    expect((await inspectArchive(piped(second))).signature).toBeUndefined();
    await expect(inspectArchive(piped(second), { signers })).rejects.toMatchObject(refused);
  });
});

describe('allowed signers', () => {
  const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJzrZ1RPFSKnwNzLGVeRCiLoc/CR9mC2NIWx0ASHpGZ8';
  const now = new Date('2026-06-01T00:00:00Z');
  const objection = (options: string, at = now) => {
    const [signer] = parseAllowedSigners(
      `a@example.com,b@example.com ${options} ${line} a comment`,
      'signers',
    );
    return signer === undefined ? 'no signer' : objectionTo(signer, 'asa-backup', at);
  };

  it.each([
    ['', undefined],
    ['namespaces="asa-backup"', undefined],
    ['namespaces="git,asa-*"', undefined],
    ['namespaces="*,!asa-backup"', 'it may not sign in the namespace asa-backup'],
    ['namespaces="git"', 'it may not sign in the namespace asa-backup'],
    ['valid-after="20260101Z",valid-before="20270101Z"', undefined],
    ['valid-after="20260601000001Z"', 'it was valid only after 2026-06-01T00:00:01.000Z'],
    ['VALID-BEFORE="202606010000Z"', 'it was valid only before 2026-06-01T00:00:00.000Z'],
    ['cert-authority', 'no signer'],
    ['cert-authority,namespaces="git"', 'no signer'],
  ])('have options: %s', (options, expected) => {
    expect(objection(options)).toBe(expected);
  });

  it('may have comments, names in quotes and keys of other types', () => {
    const text = [
      '# ours',
      '',
      `"a b@example.com" ${line}`,
      'c@example.com ecdsa-sha2-nistp256 AAAA',
      `d@example.com\t${line}`,
    ].join('\r\n');
    expect(parseAllowedSigners(text, 'signers').map(({ principals }) => principals)).toEqual([
      'a b@example.com',
      'd@example.com',
    ]);
  });

  it.each([
    [`a@example.com secret-option ${line}`, 'its option "secret-option" is not known'],
    [`a@example.com valid-after="yesterday" ${line}`, '"yesterday" is no time'],
    [`a@example.com valid-after="20261399" ${line}`, '"20261399" is no time'],
    ['a@example.com', 'there is no key in it'],
    ['a@example.com ssh-ed25519 AAAA', 'it ends too early'],
  ])('that cannot be understood are not passed over: %s', (text, message) => {
    expect(() => parseAllowedSigners(`# first\n${text}`, 'signers')).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: `it is no line of an allowed signers file: ${message}`,
        subject: 'signers, line 2',
      }),
    );
  });
});

describe('keys to sign with', () => {
  it('are ed25519 ones, and no other', async () => {
    await expect(signerWith(SSH_KEYS.ecdsa.text)).rejects.toMatchObject({
      code: 'usage',
      message: 'it is no ed25519 private key of ssh: it is a key of the type "ecdsa-sha2-nistp256"',
    });
    await expect(signerWith('nonsense')).rejects.toMatchObject({ code: 'usage' });
  });

  it('sign as RFC 8032 says', async () => {
    const pair = await readPrivateKey(KEYS.ours.text, 'key', async () => '');
    const jwk = { kty: 'OKP', crv: 'Ed25519', d: pair.seed.toString('base64url') };
    const key = createPrivateKey({
      key: { ...jwk, x: pair.publicKey.key.toString('base64url') },
      format: 'jwk',
    });
    const message = Buffer.from('message');
    expect(await signerOf(pair)(message)).toEqual(sign(null, message, key));
  });
});
