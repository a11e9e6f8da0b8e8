import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SSH_KEYS } from '../archive/ssh-keys.ts';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { failureOf } from '../support/failure.ts';
import { runProgram } from '../support/program.ts';

describe('a signed backup', () => {
  let source: Stage;
  let target: Stage;
  let archive: string;
  let signers: string;

  beforeAll(async () => {
    [source, target] = await Promise.all([
      startStage({ name: 'source', landscape: TINY }),
      startStage({ name: 'target' }),
    ]);
    archive = join(source.directory, 'signed.tar');
    signers = await file('signers', `ops@example.com ${SSH_KEYS.locked.line}\n`);
  }, 60_000);
  afterAll(() => Promise.all([source?.stop(), target?.stop()]));

  async function file(name: string, text: string): Promise<string> {
    const path = join(source.directory, name);
    await writeFile(path, text, { mode: 0o600 });
    await chmod(path, 0o600);
    return path;
  }

  const restore = (from: string, ...flags: string[]) => [
    'restore',
    from,
    '--kubeconfig',
    target.kubeconfigFile,
    '--registry-map',
    `${source.registry.host}/=${target.registry.host}/`,
    '--yes',
    ...flags,
  ];

  it('is made with a key whose passphrase comes through a file descriptor', async () => {
    const key = await file('key', SSH_KEYS.locked.text);
    const args = ['export', archive, '--kubeconfig', source.kubeconfigFile, '--plaintext-secrets'];
    const { code, stdout } = await runProgram([...args, '--sign-key', key, '--sign-passphrase-fd', '3'], {
      pipes: ['correct horse\n'],
    });
    expect({ code, signed: /^signed +with\s+SHA256:\S+$/m.test(stdout) }).toEqual({ code: 0, signed: true });
  });

  it('is taken by who asks for its signer', async () => {
    const { code, stdout } = await runProgram(['verify', archive, '--allowed-signers', signers]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^signed +by ops@example\.com, with\s+SHA256:/m);
    const inspected = await runProgram(['inspect', archive, '-o', 'json']);
    expect(JSON.parse(inspected.stdout).signature).toEqual({ key: expect.stringMatching(/^SHA256:/) });
    const planned = await runProgram(restore(archive, '--allowed-signers', signers, '--dry-run'));
    expect(planned.code).toBe(0);
  });

  it('of another signer is not restored: not from a file, not from a pipe', async () => {
    const others = await file('others', `other@example.com ${SSH_KEYS.theirs.line}\n`);
    for (const [from, input] of [[archive], ['-', await readFile(archive)]] as const) {
      const outcome = await runProgram(
        restore(from, '--allowed-signers', others),
        input === undefined ? {} : { input },
      );
      expect(failureOf(outcome)).toEqual({
        code: 5,
        says: [
          expect.stringMatching(
            /^error: SHA256:\S+: the archive is signed with a key that is not among the allowed signers$/,
          ),
          'hint: ask whoever made the archive, by another way than the one by which it came',
          // Of a pipe the journal has been begun: images went before.
          ...(from === '-'
            ? [
                expect.stringMatching(/^hint: pipe the same archive into: /),
                expect.stringMatching(/^hint: or take back what was made: /),
              ]
            : []),
        ],
      });
    }
    const surface = await target.cluster.discover();
    // Korifi itself would have come with the archive.
    expect(surface.find('korifi.cloudfoundry.org', 'CFOrg', ['v1alpha1'])).toBeUndefined();
  });

  it('is asked for, and one that is not signed is refused before its images are looked at', async () => {
    const vector = 'test/vectors/valid-small.tar';
    const outcome = await runProgram(restore(vector, '--allowed-signers', signers));
    expect(failureOf(outcome)).toMatchObject({
      code: 5,
      says: [
        'error: the archive is not signed, and a signature is asked for',
        'hint: ask whoever made the archive, by another way than the one by which it came',
      ],
    });
  });

  it('cannot be made with a key that is none', async () => {
    const key = await file('no-key', 'ssh-rsa AAAA');
    const args = ['export', join(source.directory, 'x.tar'), '--plaintext-secrets', '--sign-key', key];
    expect(failureOf(await runProgram(args), { KEY: key })).toEqual({
      code: 2,
      says: [
        'error: KEY: it is no ed25519 key of ssh: it is of the type "ssh-rsa"',
        'hint: make one with: ssh-keygen -t ed25519 -f FILE',
      ],
    });
  });
});
