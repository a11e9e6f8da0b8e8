import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newIdentity } from '../../src/archive/age.ts';
import { compareFoundations } from '../../src/sandbox/compare.ts';
import { type Stage, startStage, writtenSince } from '../support/embedded.ts';
import { failureOf } from '../support/failure.ts';
import { outcomeOf, runInShell, runProgram, startProgram } from '../support/program.ts';
import { ProgramInTerminal } from '../support/terminal.ts';

const EPOCH = { SOURCE_DATE_EPOCH: '1700000000' };
const OLDER = { SOURCE_DATE_EPOCH: '1600000000' };

let source: Stage;
let target: Stage;
/** Of the whole foundation, of one org, of two orgs against that, and of the whole against these. */
let whole: string;
let sunday: string;
let monday: string;
let tuesday: string;
/** By the last of these exports. */
let said: string;

const at = (name: string) => join(source.directory, name);
const from = () => ['--kubeconfig', source.kubeconfigFile, '--plaintext-secrets'];
const to = () => {
  const map = `${source.registry.host}/=${target.registry.host}/`;
  return ['--kubeconfig', target.kubeconfigFile, '--registry-map', map];
};

beforeAll(async () => {
  [source, target] = await Promise.all([
    startStage({ name: 'source', landscape: { seed: 'test', apps: 4, appBytes: 3_000 } }),
    startStage({ name: 'target' }),
  ]);
  [whole, sunday, monday, tuesday] = [at('whole.tar'), at('sunday.tar'), at('monday.tar'), at('tuesday.tar')];
  await made([whole], EPOCH);
  await made([sunday, '--org', 'retail'], OLDER);
  await made([monday, '--org', 'retail', '--org', 'payments', '--base', sunday], OLDER);
  said = await made([tuesday, '--base', monday], EPOCH);
}, 180_000);
afterAll(() => Promise.all([source?.stop(), target?.stop()]));

async function made(args: readonly string[], env: Record<string, string>): Promise<string> {
  const { code, stdout, stderr } = await runProgram(['export', ...args, ...from()], { env });
  expect(code, stderr).toBe(0);
  return stdout;
}

const verdictOf = (stdout: string) => stdout.trimEnd().split('\n').at(-1);
const same = async (one: string, other: string) => (await readFile(one)).equals(await readFile(other));

describe('a differential backup', { timeout: 120_000 }, () => {
  it('has what its base has not, and says so', async () => {
    expect(said).toMatch(
      /^base +the backup made at 2020-09-13T12:26:40\.000Z\nits layers +sha256:[0-9a-f]{64}$/m,
    );
    expect(said).toMatch(/^left to it +\d+ layers, [\d.]+ KiB: not in this file$/m);
    const inspected = JSON.parse((await runProgram(['inspect', tuesday, '-o', 'json'])).stdout);
    expect(inspected).toMatchObject({ formatVersion: 2, losses: [], base: { layers: expect.any(Number) } });
    const [less, all] = await Promise.all([stat(tuesday), stat(whole)]);
    expect(all.size - less.size).toBeGreaterThan(inspected.base.bytes);
    expect(inspected.base.bytes).toBeGreaterThan(0);
    expect((await runProgram(['inspect', tuesday])).stdout).toMatch(/^left to it +\d+ layers/m);
  });

  it('is whole when nothing is in its base', async () => {
    const none = at('none.tar');
    await made([none, '--base', sunday, '--org', 'retail', '--no-images'], EPOCH);
    expect(JSON.parse((await runProgram(['inspect', none, '-o', 'json'])).stdout)).toMatchObject({
      formatVersion: 1,
    });
  });

  it('is merged with its chain to what the export would have been', async () => {
    const merged = at('merged.tar');
    const { code, stdout } = await runProgram(['merge', tuesday, sunday, monday, '--output', merged]);
    expect({ code, verdict: verdictOf(stdout) }).toEqual({ code: 0, verdict: `merged, to ${merged}` });
    expect(await same(merged, whole)).toBe(true);
    expect((await stat(merged)).mode & 0o777).toBe(0o600);
    const piped = await runInShell(
      '',
      ['merge', '-', monday, sunday, '-o', '-', '-q'],
      `< ${tuesday} | cmp - ${whole}`,
    );
    expect(piped).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('is verified alone as far as it goes, and with its chain to the end', async () => {
    const alone = await runProgram(['verify', tuesday]);
    expect({ code: alone.code, says: alone.stdout.replace(/\s+/g, ' ') }).toEqual({
      code: 6,
      says: expect.stringMatching(
        /tuesday\.tar is intact as far as it goes: its base was not given, and is not checked $/,
      ),
    });
    const both = await runProgram(['verify', tuesday, '--base', monday, '--base', sunday, '-o', 'json']);
    const { base } = JSON.parse(both.stdout);
    expect({ code: both.code, base }).toMatchObject({
      code: 0,
      base: { unchecked: 0, files: expect.arrayContaining([monday, sunday]) },
    });
    const gap = failureOf(await runProgram(['verify', tuesday, '--base', monday]));
    expect(gap).toEqual({
      code: 5,
      says: [
        expect.stringMatching(
          /^error: .*tuesday\.tar: \d+ of \d+ layers are in its base, and the base of .*monday\.tar, the backup made at 2020-09-13T12:26:40\.000Z, is not at hand$/,
        ),
        `hint: given was ${monday}, the backup made at 2020-09-13T12:26:40.000Z`,
        expect.stringMatching(
          /^hint: give that backup with --base, or a copy of it; the digest of its layers is sha256:[0-9a-f]{64}$/,
        ),
      ],
    });
  });

  it('asks on a terminal for what is missing, until it has it or nobody knows', async () => {
    const terminal = new ProgramInTerminal(['verify', tuesday], { columns: 200 });
    await terminal.until(
      /the base of \S+tuesday\.tar[^\n]* is not at hand[\s\S]*its file, or the folder[^\n]*\[none\]:/,
    );
    terminal.type(`${at('nowhere.tar')}\r`);
    await terminal.until(/nowhere\.tar: no such file or folder/);
    terminal.type(`${monday}\r`);
    await terminal.until(/the base of \S+monday\.tar[^\n]* is not at hand[\s\S]*\[none\]:/);
    terminal.type(`${sunday}\r`);
    expect(await terminal.ended).toBe(0);
    expect(terminal.isSane).toBe(true);
    const none = new ProgramInTerminal(['verify', monday], { columns: 200 });
    await none.until(/\[none\]:/);
    none.type('\r');
    expect(await none.ended).toBe(6);
  });

  it('has its base asked for before the wizard begins, which tells of it', async () => {
    const terminal = new ProgramInTerminal(['restore', monday, ...to()], { columns: 120 });
    await terminal.until(/\[none\]:/);
    terminal.type(`${sunday}\r`);
    await terminal.untilScreen(/What is in the archive[\s\S]*left to it +\d+ layers/);
    terminal.type('\x03');
    expect(await terminal.ended).toBe(130);
    expect(terminal.isSane).toBe(true);
  });

  it('is restored with its chain, and refused before anything is written without', async () => {
    const { revision } = target.server.storage;
    const refused = await runProgram(['restore', tuesday, ...to(), '--yes', '--base', monday]);
    expect(failureOf(refused)).toEqual({
      code: 5,
      says: [
        expect.stringMatching(
          /^error: \d+ of \d+ layers are in its base, and the base of .*monday\.tar, .* is not at hand$/,
        ),
        expect.stringMatching(
          /^hint: given was .*monday\.tar, .*; give that backup with --base, .* layers is sha256:/,
        ),
      ],
    });
    expect(writtenSince(target, revision)).toEqual([]);
    const chain = ['--base', monday, '--base', sunday];
    const rehearsed = await runProgram(['rehearse', tuesday, ...chain, '-o', 'json']);
    expect(rehearsed.code, rehearsed.stderr).toBe(0);
    const restored = await runProgram(['restore', tuesday, ...to(), ...chain, '--yes', '-o', 'json']);
    const { losses, images } = JSON.parse(restored.stdout);
    const { layers } = JSON.parse((await runProgram(['inspect', whole, '-o', 'json'])).stdout).base ?? {};
    expect(layers).toBeUndefined();
    expect({ code: restored.code, losses }).toEqual({ code: 0, losses: [] });
    expect(images.moved).toBeGreaterThan(0);
    await target.settle();
    expect((await compareFoundations(source, target)).differences).toEqual([]);
    expect((await runProgram(['diff', tuesday, ...to(), ...chain])).code).toBe(0);
  }, 240_000);

  it('may be of parts, and its base of parts or re-keyed', async () => {
    const folder = at('parts');
    await mkdir(folder);
    await runProgram(['split', monday, join(folder, 'monday.tar'), '--volume-size', '64KiB']);
    const key = await newIdentity();
    const rekeyed = at('rekeyed.tar');
    const { code } = await runProgram(['rekey', sunday, '--recipient', key.recipient, '-o', rekeyed]);
    expect(code).toBe(0);
    await made([join(folder, 'wednesday.tar'), '--volume-size', '64KiB', '--base', folder], EPOCH);
    const wednesday = (await readdir(folder))
      .filter(name => /^wednesday/.test(name))
      .map(name => join(folder, name));
    expect(wednesday.length).toBeGreaterThan(1);
    const chain = ['--base', join(folder, 'monday.001.tar'), '--base', rekeyed];
    const verified = await runProgram(['verify', ...wednesday, ...chain]);
    expect(verified.code, verified.stderr).toBe(0);
    const merged = at('of-parts.tar');
    const [first = ''] = wednesday;
    await runProgram(['merge', first, join(folder, 'monday.002.tar'), rekeyed, '-o', merged]);
    expect(await same(merged, whole)).toBe(true);
  });

  it('is gone on with after a kill, to the same bytes', async () => {
    source.faults.registry({ kind: 'drip', bytes: 1_000, delayMs: 40, on: /^GET .*droplets\/blobs/ });
    const file = at('killed.tar');
    const run = startProgram(['export', file, ...from(), '--base', sunday, '--progress', 'json'], {
      env: EPOCH,
    });
    const ended = outcomeOf(run);
    let seen = '';
    run.stderr?.on('data', chunk => {
      seen += chunk;
      if (/"blob-progress"/.test(seen)) run.kill('SIGKILL');
    });
    await ended;
    source.faults.clear();
    const resumed = await runProgram(['export', file, '--resume', '--kubeconfig', source.kubeconfigFile]);
    expect(resumed.code, resumed.stderr).toBe(0);
    const undisturbed = at('undisturbed.tar');
    await made([undisturbed, '--base', sunday], EPOCH);
    expect(await same(file, undisturbed)).toBe(true);
  });

  it('that is damaged in its base is told by the name of the base', async () => {
    const bent = at('bent.tar');
    const bytes = await readFile(sunday);
    const place = bytes.length - 8_000;
    bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place);
    await writeFile(bent, bytes);
    const { code, says } = failureOf(await runProgram(['verify', monday, '--base', bent]));
    expect({ code, error: says[0] }).toEqual({
      code: 4,
      error: expect.stringMatching(
        /^error: .*bent\.tar: blobs\/sha256\/[0-9a-f]{64} at byte \d+: its bytes do not have/,
      ),
    });
    const merged = at('of-bent.tar');
    expect((await runProgram(['merge', monday, bent, '-o', merged])).code).toBe(4);
    expect((await readdir(source.directory)).filter(name => name.startsWith('of-bent'))).toEqual([]);
  });
});

describe('the base of an export', () => {
  it.each<[string, () => string[], string]>([
    [
      'that is a pipe',
      () => ['--base', '-'],
      'standard input: a base is read here and there, and has to be a file',
    ],
    [
      'that is two archives',
      () => ['--base', sunday, '--base', monday],
      'an export leaves layers to one archive, and several were given',
    ],
    [
      'that it would replace',
      () => ['--base', at('refused.tar')],
      'the new archive would replace its own base',
    ],
  ])('%s is refused before anything is written', async (_, flags, message) => {
    await writeFile(at('refused.tar'), await readFile(sunday));
    const { code, says } = failureOf(
      await runProgram(['export', at('refused.tar'), '--overwrite', ...from(), ...flags()]),
    );
    expect({ code, error: says[0] }).toEqual({ code: 2, error: expect.stringContaining(message) });
    expect(await same(at('refused.tar'), sunday)).toBe(true);
  });

  it('is settled when the export goes on', async () => {
    const { code, says } = failureOf(
      await runProgram([
        'export',
        at('later.tar'),
        '--resume',
        '--base',
        sunday,
        '--kubeconfig',
        source.kubeconfigFile,
      ]),
    );
    expect({ code, error: says[0] }).toEqual({
      code: 2,
      error: expect.stringContaining('--base was settled'),
    });
  });

  it('is needed by a merge', async () => {
    const { code, says } = failureOf(await runProgram(['merge', sunday, monday, '-o', at('no.tar')]));
    expect({ code, error: says[0] }).toEqual({
      code: 2,
      error: `error: ${sunday}: the archive is whole: it leaves nothing to a base`,
    });
  });
});
