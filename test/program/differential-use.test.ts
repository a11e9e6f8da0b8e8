import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newIdentity } from '../../src/archive/age.ts';
import { openArchive } from '../../src/archive/open-archive.ts';
import { compareFoundations } from '../../src/sandbox/compare.ts';
import { SSH_KEYS } from '../archive/ssh-keys.ts';
import { type Stage, startStage, writtenSince } from '../support/embedded.ts';
import { failureOf } from '../support/failure.ts';
import { outcomeOf, runProgram, startProgram } from '../support/program.ts';
import { everythingOf } from '../support/whole.ts';

/** What else is done with a differential archive than what differential.test.ts shows. */
const EPOCH = { SOURCE_DATE_EPOCH: '1700000000' };

let source: Stage;
let target: Stage;
let base: string;
let archive: string;
let layers: { base: string[]; own: string[] };
let empty: Map<string, string>;

const at = (name: string) => join(source.directory, name);
const made = async (file: string, ...flags: string[]) => {
  const args = ['export', file, '--kubeconfig', source.kubeconfigFile, ...flags];
  const { code, stderr } = await runProgram(args, { env: EPOCH });
  expect(code, stderr).toBe(0);
};

beforeAll(async () => {
  [source, target] = await Promise.all([
    startStage({ name: 'source', landscape: { seed: 'test', apps: 4, appBytes: 3_000 } }),
    startStage({ name: 'target' }),
  ]);
  [base, archive] = [at('base.tar'), at('archive.tar')];
  await made(base, '--plaintext-secrets', '--org', 'retail');
  await made(archive, '--plaintext-secrets', '--base', base);
  const reader = await openArchive([archive]);
  const digests = (inBase: boolean) =>
    reader.head.plan.layers.filter(one => (one.inBase ?? false) === inBase).map(({ digest }) => digest);
  layers = { base: digests(true), own: digests(false) };
  await reader.close();
  expect(Math.min(layers.base.length, layers.own.length)).toBeGreaterThan(1);
  empty = await everythingOf(target);
}, 120_000);
afterAll(() => Promise.all([source?.stop(), target?.stop()]));
beforeEach(() => target.faults.clear());

const on = () => ['--kubeconfig', target.kubeconfigFile, '--yes', '-o', 'json', '--wait-timeout', '60s'];
const restoring = (...files: string[]) => {
  const map = `${source.registry.host}/=${target.registry.host}/`;
  return ['restore', ...files, ...on(), '--registry-map', map, '--progress', 'json'];
};
const same = async (one: string, other: string) => (await readFile(one)).equals(await readFile(other));

/** A copy with one bit of a layer's last byte turned over, or of the layer that comes before the seal. */
async function bent(file: string, name: string, digest: string): Promise<string> {
  const bytes = await readFile(file);
  const place = bytes.lastIndexOf(`blobs/${digest.replace(':', '/')}`) + 512 + 5;
  bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place);
  await writeFile(at(name), bytes);
  return at(name);
}

async function undo(journal: string): Promise<void> {
  const { code, stdout, stderr } = await runProgram(['undo', journal, ...on()]);
  expect({ code, losses: JSON.parse(stdout).losses }, stderr).toEqual({ code: 0, losses: [] });
  await target.settle();
  expect(await everythingOf(target)).toEqual(empty);
}

const journalIn = (stderr: string) =>
  /go on with: kubectl asa-backup restore --resume (\S+)/.exec(stderr)?.[1] ?? '';

describe('a differential archive that is restored', { timeout: 60_000 }, () => {
  // First, since what a registry has already is not read of a base.
  it('makes nothing whose images are damaged in its base, which is named', async () => {
    const broken = await bent(base, 'bent-base.tar', layers.base.at(-1) ?? '');
    const outcome = await runProgram(restoring(archive, '--base', broken));
    const { code, stderr } = outcome;
    expect({ code, error: /^error: .*$/m.exec(stderr)?.[0] }).toEqual({
      code: 4,
      error: expect.stringContaining('bent-base.tar: blobs/sha256/'),
    });
    await undo(journalIn(stderr));
  });

  it('begins its waves while layers of later ones still pass, and is taken back without its base', async () => {
    const headers = { 'retry-after': '2' };
    target.faults.registry({ kind: 'status', status: 503, headers, on: /^POST .*droplets\/blobs/, times: 2 });
    const { code, stdout, stderr } = await runProgram(restoring(archive, '--base', base));
    const { losses, journal } = JSON.parse(stdout || '{}');
    expect({ code, losses }, stderr).toEqual({ code: 0, losses: [] });
    const types = stderr.split('\n').flatMap(line => /"type":"([a-z-]+)"/.exec(line)?.[1] ?? []);
    expect(types.indexOf('object-done')).toBeLessThan(types.lastIndexOf('blob-done'));
    await target.settle();
    expect((await compareFoundations(source, target)).differences).toEqual([]);
    await rename(base, at('away.tar'));
    await undo(journal);
    await rename(at('away.tar'), base);
  });

  it('is gone on with after a kill in the middle of what its base has, from wherever that is now', async () => {
    const run = startProgram(restoring(archive, '--base', base));
    let seen = '';
    run.stderr?.on('data', chunk => {
      seen += chunk;
      if (layers.base.some(digest => seen.includes(`"blob-started","digest":"${digest}"`)))
        run.kill('SIGKILL');
    });
    await outcomeOf(run);
    const { journals } = JSON.parse((await runProgram(['journals', '-o', 'json'])).stdout);
    const journal: string = journals.at(-1).path;
    const moved = at('moved-base.tar');
    await rename(base, moved);
    const lost = failureOf(await runProgram(['restore', '--resume', journal]));
    expect({ code: lost.code, error: lost.says[0] }).toEqual({
      code: 1,
      error: expect.stringMatching(/base\.tar: no such file or folder$/),
    });
    const again = await runProgram(['restore', '--resume', journal, '--base', moved, '-o', 'json']);
    await rename(moved, base);
    const { losses, differs } = JSON.parse(again.stdout || '{}');
    expect({ code: again.code, losses, differs }, again.stderr).toEqual({ code: 0, losses: [], differs: [] });
    await target.settle();
    expect((await compareFoundations(source, target)).differences).toEqual([]);
    await undo(journal);
  });

  it('is refused with a base that is another backup, before anything is written', async () => {
    const other = at('other.tar');
    await made(other, '--plaintext-secrets', '--org', 'retail', '--no-images');
    const { revision } = target.server.storage;
    const { stdout, ...refused } = await runProgram(restoring(archive, '--base', other));
    expect(JSON.parse(stdout)).toMatchObject({ refused: true });
    const { code, says } = failureOf({ ...refused, stdout: '' });
    expect({ code, error: says[0] }).toEqual({
      code: 5,
      error: expect.stringMatching(
        /layers are in its base, and the base of this differential archive, the backup made at/,
      ),
    });
    expect(writtenSince(target, revision)).toEqual([]);
  });
});

describe('a differential archive that is written again', { timeout: 60_000 }, () => {
  it('is encrypted to others, and opened again to the same bytes, without its base', async () => {
    const key = await newIdentity();
    const identity = at('key.txt');
    await writeFile(identity, key.identity, { mode: 0o600 });
    const [sealed, opened] = [at('sealed.tar'), at('opened.tar')];
    const rekeyed = await runProgram(['rekey', archive, '--recipient', key.recipient, '-o', sealed]);
    expect(rekeyed.code, rekeyed.stderr).toBe(0);
    const verified = await runProgram(['verify', sealed, '--base', base, '--identity', identity]);
    expect(verified.code, verified.stderr).toBe(0);
    await runProgram(['rekey', sealed, '--identity', identity, '--plaintext-secrets', '-o', opened]);
    expect(await same(opened, archive)).toBe(true);
  });

  it('is redacted to a copy that needs no base and is none', async () => {
    const redacted = at('redacted.tar');
    const { code, stderr } = await runProgram(['redact', archive, '-o', redacted]);
    expect(code, stderr).toBe(0);
    const { base: left } = JSON.parse((await runProgram(['inspect', redacted, '-o', 'json'])).stdout);
    expect(left).toBeUndefined();
    expect((await runProgram(['verify', redacted])).code).toBe(0);
    expect(failureOf(await runProgram(['verify', archive, '--base', redacted]))).toMatchObject({
      code: 2,
      says: [expect.stringContaining('a redacted copy has no layers, and is no base')],
    });
  });

  it('is cut into parts and joined to the same bytes; a part that is missing is named', async () => {
    const folder = at('parts');
    await mkdir(folder);
    await runProgram(['split', archive, join(folder, 'archive.tar'), '--volume-size', '64KiB']);
    const parts = (await readdir(folder)).map(name => join(folder, name));
    expect(parts.length).toBeGreaterThan(2);
    const verified = await runProgram(['verify', folder, '--base', base]);
    expect(verified.code, verified.stderr).toBe(0);
    const joined = at('joined.tar');
    await runProgram(['join', folder, '-o', joined]);
    expect(await same(joined, archive)).toBe(true);
    await rm(join(folder, 'archive.002.tar'));
    const { code, says } = failureOf(await runProgram(['verify', folder, '--base', base]));
    expect({ code, error: says[0] }).toEqual({
      code: 4,
      error: expect.stringMatching(/the archive is incomplete: part 2 of \d is missing$/),
    });
  });

  it('is signed, whoever signed its base; another signer is refused', async () => {
    const [key, ours, theirs] = [at('id'), at('ours'), at('theirs')];
    await writeFile(key, SSH_KEYS.ours.text, { mode: 0o600 });
    await writeFile(ours, `ops@example.com ${SSH_KEYS.ours.line}\n`);
    await writeFile(theirs, `other@example.com ${SSH_KEYS.theirs.line}\n`);
    const signed = at('signed.tar');
    await made(signed, '--plaintext-secrets', '--base', base, '--sign-key', key);
    const taken = await runProgram(['verify', signed, '--base', base, '--allowed-signers', ours]);
    expect(taken.code, taken.stderr).toBe(0);
    for (const command of [['verify'], ['restore', ...on().slice(0, 3)]]) {
      const args = [...command, signed, '--base', base, '--allowed-signers', theirs];
      expect(failureOf(await runProgram(args))).toMatchObject({
        code: 5,
        says: [
          expect.stringContaining('signed with a key that is not among the allowed signers'),
          expect.anything(),
        ],
      });
    }
    const whole = at('signed-whole.tar');
    const merged = await runProgram(['merge', signed, base, '-o', whole, '--sign-key', key]);
    expect(merged.stdout).toMatch(
      /^signed +with SHA256:[\s\S]*^medium +all is on the medium, which is safe to remove$/m,
    );
    expect((await runProgram(['verify', whole, '--allowed-signers', ours])).code).toBe(0);
  });
});

describe('a differential archive that is damaged', { timeout: 60_000 }, () => {
  it('is repaired to a smaller one, which leaves the same to its base', async () => {
    const broken = await bent(archive, 'bent.tar', layers.own.at(-1) ?? '');
    const mended = at('mended.tar');
    const repaired = await runProgram(['repair', broken, '-o', mended]);
    expect({ code: repaired.code, stdout: repaired.stdout }).toEqual({
      code: 3,
      stdout: expect.stringContaining('lost'),
    });
    expect((await runProgram(['verify', mended, '--base', base])).code).toBe(3);
    expect((await runProgram(['verify', mended])).code).toBe(6);
    const rehearsed = await runProgram(['rehearse', mended, '--base', base, '-o', 'json']);
    expect(
      { code: rehearsed.code, lost: JSON.parse(rehearsed.stdout).restore.losses.length },
      rehearsed.stderr,
    ).toEqual({ code: 3, lost: expect.any(Number) });
  });

  it('in its base is whole no more with what is left of that, and says what is missing', async () => {
    const mended = at('mended-base.tar');
    const broken = await bent(base, 'bent-base.tar', layers.base.at(-1) ?? '');
    expect((await runProgram(['repair', broken, '-o', mended])).code).toBe(3);
    const { code, says } = failureOf(await runProgram(['verify', archive, '--base', mended]));
    expect({ code, error: says[0] }).toEqual({
      code: 5,
      error: expect.stringMatching(/: \d+ of \d+ layers are in its base, and the base of .* is not at hand$/),
    });
    // Any other archive that has the rest does as well.
    await copyFile(base, at('copy.tar'));
    expect((await runProgram(['verify', archive, '--base', mended, '--base', at('copy.tar')])).code).toBe(0);
  });
});
