import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newIdentity } from '../../src/archive/age.ts';
import { secretSealer } from '../../src/archive/secrets.ts';
import { archiveOf, sampleBackup } from '../archive/fixtures.ts';
import { type Stage, startStage, TINY, writtenSince } from '../support/embedded.ts';
import { failureOf } from '../support/failure.ts';
import { runProgram } from '../support/program.ts';
import { entriesIn, type TarEntry } from '../support/tar.ts';

const AGAIN = 'hint: copy the archive again from where it was made, or make a new backup';

/** A server that must not be asked: what is wrong with these shows before. */
const NOWHERE = ['--server', 'http://127.0.0.1:1'];

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'asa-backup-archives-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function saved(name: string, bytes: Buffer | string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, bytes);
  return path;
}

describe('what is no backup', () => {
  it.concurrent.each<[string, () => Buffer | string, ...string[]]>([
    ['nothing', () => '', 'it is empty', 'give a file that "export" has written'],
    ['text', () => 'Dear operator,\n'.repeat(100), 'it is no tar', 'give a file that "export" has written'],
    ['JSON', () => '{"a": 1}', 'it is JSON', 'give a file that "export" has written'],
  ])('%s', async (what, bytes, reason, hint) => {
    const path = await saved(what, bytes());
    const failure = { code: 4, says: [`error: byte 0: this is not a backup: ${reason}`, `hint: ${hint}`] };
    expect(failureOf(await runProgram(['inspect', path]))).toEqual(failure);
    expect(failureOf(await runProgram(['restore', path, '--yes', ...NOWHERE]))).toEqual(failure);
  });

  it('is a file that is not there', async () => {
    const path = join(directory, 'missing');
    expect(failureOf(await runProgram(['verify', path]), { MISSING: path })).toEqual({
      code: 1,
      says: [
        'error: MISSING: no such file or folder',
        "  because: ENOENT: no such file or directory, stat 'MISSING'",
        'hint: check the path',
      ],
    });
  });
});

describe('a crafted archive', () => {
  it.concurrent.each([
    ['invalid-gzip.tar', /this is not a backup: it is compressed with gzip$/],
    ['invalid-zip.tar', /this is not a backup: it is a zip file$/],
    ['invalid-other-tar.tar', /this is not a backup: it is a tar that starts with "etc\/hosts"/],
    ['invalid-future-layout.tar', /format version 99, and this program reads up to version 2$/],
    ['invalid-future-plan.tar', /format version 99, and this program reads up to version 2$/],
    ['invalid-escaping-name.tar', /"\.\.\/.*" at byte \d+: an archive has no entry of this name here$/],
    [
      'invalid-symlink.tar',
      /the entry at byte \d+: it is a symbolic link, and an archive holds nothing but regular files$/,
    ],
    ['invalid-huge-claim.tar', /more than 536870912 bytes stand before the layers$/],
    ['invalid-layer-size.tar', /it has \d+ bytes, and the plan says \d+$/],
    ['invalid-bomb.tar', /resources\/.*: it inflates to more than 16777216 bytes$/],
  ])('%s', async (file, message) => {
    const failure = failureOf(await runProgram(['verify', join('test/vectors', file)]));
    expect(failure).toEqual({ code: 4, says: expect.arrayContaining([expect.stringMatching(message)]) });
  });
});

describe('secrets that one has no key for', () => {
  it('are to be opened with the right passphrase', async () => {
    const args = ['restore', 'test/vectors/valid-passphrase.tar', '--yes', ...NOWHERE];
    expect(failureOf(await runProgram([...args, '--passphrase-fd', '3'], { pipes: ['wrong\n'] }))).toEqual({
      code: 5,
      says: [
        'error: the passphrase is not the one of this archive',
        expect.stringMatching(/^ {2}because: /),
        'hint: pass the passphrase that was given when the backup was made',
      ],
    });
    expect(failureOf(await runProgram(args))).toEqual({
      code: 2,
      says: ['error: there is no terminal to ask for a passphrase', 'hint: pass --passphrase-fd N'],
    });
  });

  it('are to be opened with an identity of a recipient', async () => {
    const [ours, other] = await Promise.all([newIdentity(), newIdentity()]);
    const sealer = await secretSealer({ recipients: [ours.recipient] });
    const path = await saved('sealed.tar', await archiveOf(await sampleBackup(sealer)));
    const identity = await saved('identity', `${other.identity}\n`);
    const hint = `hint: pass an identity of one of the recipients: ${ours.recipient}`;
    expect(failureOf(await runProgram(['restore', path, '--yes', ...NOWHERE]))).toEqual({
      code: 5,
      says: ['error: the secrets of this archive are encrypted, and no key for them was given', hint],
    });
    const wrong = failureOf(await runProgram(['verify', path, '-i', identity]));
    expect(wrong).toEqual({
      code: 5,
      says: [
        expect.stringMatching(
          /^error: resources\/Secret-000\.jsonl\.zst\.age: the secrets of this archive are encrypted, and no key fits: /,
        ),
        hint,
      ],
    });
    expect(wrong.says.join()).not.toContain(other.identity);
  });

  it('are not to be opened with something that is no identity, which is not repeated', async () => {
    const identity = await saved('no-identity', 'AGE-SECRET-KEY-1s3cret\n');
    const path = 'test/vectors/valid-passphrase.tar';
    const { code, says } = failureOf(await runProgram(['verify', path, '-i', identity]));
    expect({ code, error: says[0] }).toEqual({ code: 2, error: expect.stringMatching(/^error: .*identit/) });
  });
});

describe('a damaged archive', () => {
  let source: Stage;
  let target: Stage;
  let whole: Buffer;
  let entries: Record<string, TarEntry>;

  beforeAll(async () => {
    [source, target] = await Promise.all([
      startStage({ name: 'source', landscape: TINY }),
      startStage({ name: 'target' }),
    ]);
    const path = join(directory, 'whole.tar');
    const { code } = await runProgram([
      'export',
      path,
      '--kubeconfig',
      source.kubeconfigFile,
      '--plaintext-secrets',
    ]);
    expect(code).toBe(0);
    whole = await readFile(path);
    entries = entriesIn(whole);
  }, 60_000);
  afterAll(() => Promise.all([source?.stop(), target?.stop()]));

  const entry = (what: string): TarEntry => {
    const found = entries[what];
    if (found === undefined) throw new Error(`the archive has no ${what}`);
    return found;
  };

  function flippedAt(offset: number): Buffer {
    const bytes = Buffer.from(whole);
    bytes.writeUInt8(bytes.readUInt8(offset) ^ 4, offset);
    return bytes;
  }

  it.concurrent.each([
    'oci-layout',
    'resource blob',
    'secret blob',
    'manifest',
    'config',
    'plan',
    'backup manifest',
    'index.json',
    'layer',
    'seal.json',
  ])('with a bit flipped in its %s is told by the entry and its byte', async what => {
    const { name, offset, body, size } = entry(what);
    const path = await saved(`flipped ${what}`, flippedAt(body + (size >> 1)));
    const { code, says } = failureOf(await runProgram(['verify', path]));
    expect({ code, error: says[0] }).toEqual({
      code: 4,
      error: expect.stringContaining(`error: ${name} at byte ${offset}`),
    });
  });

  it('with a bit flipped in a tar header is told by its byte', async () => {
    const { offset } = entry('layer');
    const path = await saved('flipped header', flippedAt(offset + 130));
    expect(failureOf(await runProgram(['verify', path]))).toEqual({
      code: 4,
      says: [`error: the entry at byte ${offset}: the checksum of its tar header is wrong`, AGAIN],
    });
  });

  it.concurrent.each(['plan', 'layer', 'seal.json'])('that was cut in its %s is incomplete', async what => {
    const { body } = entry(what);
    const cut = whole.subarray(0, body + 1);
    const path = await saved(`cut ${what}`, cut);
    for (const [from, input] of [[path], ['-', cut]] as const) {
      const failure = failureOf(await runProgram(['verify', from], input === undefined ? {} : { input }));
      expect(failure).toEqual({
        code: 4,
        says: [
          expect.stringMatching(new RegExp(`^error: byte ${body + 1}: the archive is incomplete: `)),
          AGAIN,
        ],
      });
    }
  });

  it.each(['resource blob', 'layer', 'seal.json'])(
    'with damage in its %s is not restored: the cluster is as it was',
    async what => {
      const { name, offset, body, size } = entry(what);
      const input = flippedAt(body + (size >> 1));
      const before = target.server.storage.revision;
      const map = `${source.registry.host}/=${target.registry.host}/`;
      const args = ['restore', '-', '--kubeconfig', target.kubeconfigFile, '--registry-map', map, '--yes'];
      const { code, says } = failureOf(await runProgram(args, { input }));
      expect({ code, error: says[0] }).toEqual({
        code: 4,
        error: expect.stringContaining(`error: ${name} at byte ${offset}`),
      });
      expect(writtenSince(target, before)).toEqual([]);
    },
  );

  it('that stands on a pipe which breaks is not restored either', async () => {
    const input = whole.subarray(0, entry('seal.json').offset);
    const before = target.server.storage.revision;
    const map = `${source.registry.host}/=${target.registry.host}/`;
    const args = ['restore', '-', '--kubeconfig', target.kubeconfigFile, '--registry-map', map, '--yes'];
    expect(failureOf(await runProgram(args, { input }))).toEqual({
      code: 4,
      says: [
        `error: byte ${input.length}: the archive is incomplete: it ends before its seal`,
        AGAIN,
        expect.stringMatching(/^hint: pipe the same archive into: kubectl asa-backup restore --resume /),
        expect.stringMatching(/^hint: or take back what was made: kubectl asa-backup undo /),
      ],
    });
    expect(writtenSince(target, before)).toEqual([]);
  });
});
