import { copyFile, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Random } from '../../src/sandbox/landscape/random.ts';
import { SSH_KEYS } from '../archive/ssh-keys.ts';
import { LAYERED, type Stage, startStage } from '../support/embedded.ts';
import { failureOf } from '../support/failure.ts';
import { outcomeOf, runInShell, runProgram, startProgram } from '../support/program.ts';

/**
 * How often an export is killed; the long run of it is `ASA_BACKUP_KILLS=200 vitest run test/program/resume.test.ts`.
 * ASA_BACKUP_SEED says when.
 */
const KILLS = Number(process.env.ASA_BACKUP_KILLS ?? 2);
/** Of one export, so that it comes to its end. */
const MOST = Math.min(KILLS, 6);
const random = new Random(process.env.ASA_BACKUP_SEED ?? 'resume');
const EPOCH = { SOURCE_DATE_EPOCH: '1700000000' };

let source: Stage;
let on: string[];
let whole: Buffer;

beforeAll(async () => {
  source = await startStage({ name: 'source', landscape: LAYERED });
  on = ['--kubeconfig', source.kubeconfigFile];
  const file = join(source.directory, 'whole.tar');
  expect((await runProgram(['export', file, ...on, '--plaintext-secrets'], { env: EPOCH })).code).toBe(0);
  whole = await readFile(file);
}, 60_000);
afterAll(() => source?.stop());
beforeEach(() => source.faults.clear());

const trickle = (bytes = 300_000, delayMs = 40) =>
  source.faults.registry({ kind: 'drip', bytes, delayMs, on: /^GET .*\/blobs/ });

/** Starts an export and kills it without a chance to tidy up, so many milliseconds after it has begun to write. */
async function killed(args: readonly string[], afterMs: number): Promise<number | null> {
  const child = startProgram(['export', ...args, ...on, '--progress', 'json'], { env: EPOCH });
  let seen = '';
  let timer: NodeJS.Timeout | undefined;
  child.stderr?.on('data', chunk => {
    seen += chunk;
    if (timer === undefined && seen.includes('"phase":"write"')) {
      timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
    }
  });
  const { code } = await outcomeOf(child);
  clearTimeout(timer);
  return code;
}

/** One export after the other, until so many kills have hit. */
async function untilKilled(inOneExport: (round: number) => Promise<number>): Promise<void> {
  for (let kills = 0, round = 0; kills < KILLS; round++) {
    trickle();
    kills += await inOneExport(round);
    if (KILLS > 10) process.stderr.write(`killed ${kills} times in ${round + 1} exports\n`);
  }
}

/** Kills an export, and resumes of it until one is done before it is killed; returns the kills that it took. */
async function killedUntilDone(file: string, kinds: readonly string[]): Promise<number> {
  for (let nth = 0; ; nth++) {
    const files = await readdir(dirname(file));
    const args =
      nth === 0 || files.length === 0 ? [file, '--plaintext-secrets', ...kinds] : [file, '--resume'];
    const code = await killed(args, nth < MOST ? random.below(nth === 0 ? 100 : 250) : 1e6);
    if (code === 0) return nth;
    // Before the head is whole there is nothing to go on from.
    if (code !== null) await rm(dirname(file), { recursive: true }).then(() => mkdir(dirname(file)));
  }
}

const fresh = async (name: string) => {
  const folder = join(source.directory, name);
  await mkdir(folder);
  return join(folder, 'backup.tar');
};

describe('an export that is killed at any moment', { timeout: 60_000 + KILLS * 10_000 }, () => {
  it('and resumed until it is done has the same bytes', async () => {
    await untilKilled(async round => {
      const file = await fresh(`killed-${round}`);
      const kills = await killedUntilDone(file, []);
      expect((await readFile(file)).equals(whole)).toBe(true);
      expect(await readdir(dirname(file))).toEqual(['backup.tar']);
      return kills;
    });
  });

  it('and resumed until it is done has the same parts', async () => {
    const cut = ['--volume-size', '96KiB'];
    const reference = await fresh('parts');
    await runProgram(['export', reference, ...on, '--plaintext-secrets', ...cut], { env: EPOCH });
    const names = await readdir(dirname(reference));
    await untilKilled(async round => {
      const file = await fresh(`killed-parts-${round}`);
      const kills = await killedUntilDone(file, cut);
      expect(await readdir(dirname(file))).toEqual(names);
      for (const name of names) {
        const [one, other] = await Promise.all(
          [reference, file].map(path => readFile(join(dirname(path), name))),
        );
        expect([name, other !== undefined && one?.equals(other)]).toEqual([name, true]);
      }
      return kills;
    });
  });
});

/** What is left when the archive came to so many bytes. */
async function cutAt(bytes: number, name: string): Promise<string> {
  const file = await fresh(name);
  await writeFile(`${file}.partial`, whole.subarray(0, bytes));
  return file;
}
const resumed = (file: string, ...more: string[]) => runProgram(['export', file, '--resume', ...on, ...more]);

describe('what is left of an export', { timeout: 60_000 }, () => {
  it('is gone on with in the middle of a layer: only the rest of it is fetched', async () => {
    const file = await cutAt(whole.length - 60_000, 'middle');
    const { code, stdout } = await resumed(file, '-o', 'json');
    expect({
      code,
      notes: JSON.parse(stdout).notes.filter((note: string) => note.includes('moved')),
    }).toEqual({
      code: 0,
      notes: [],
    });
    expect((await readFile(file)).equals(whole)).toBe(true);
  });

  it('is believed only as far as its digests hold', async () => {
    for (const [name, at] of [
      ['early', whole.length - 110_000],
      ['late', whole.length - 70_000],
    ] as const) {
      const file = await cutAt(whole.length - 60_000, name);
      const bytes = await readFile(`${file}.partial`);
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      await writeFile(`${file}.partial`, bytes);
      expect((await resumed(file)).code).toBe(0);
      expect((await readFile(file)).equals(whole)).toBe(true);
    }
  });

  it('has a tail of zeros, as after a power cut, and is whole afterwards', async () => {
    const file = await cutAt(whole.length - 150_000, 'zeros');
    await truncate(`${file}.partial`, whole.length - 20_000);
    expect((await resumed(file)).code).toBe(0);
    expect((await readFile(file)).equals(whole)).toBe(true);
  });

  it('lacks nothing but its name', async () => {
    const file = await cutAt(whole.length, 'name');
    expect((await resumed(file)).code).toBe(0);
    expect((await readFile(file)).equals(whole)).toBe(true);
  });

  it('is too little before the plan is there', async () => {
    const file = await cutAt(1_000, 'little');
    const { code, says } = failureOf(await resumed(file));
    expect({ code, error: says[0], hint: says.at(-1) }).toEqual({
      code: 4,
      error: expect.stringContaining('there is nothing to go on from: the archive is incomplete'),
      hint: 'hint: export anew, without --resume: what comes first, the plan, is not there as a whole',
    });
  });

  it('is never taken for an archive', async () => {
    const file = await cutAt(whole.length - 60_000, 'mistaken');
    for (const command of ['verify', 'inspect']) {
      expect((await runProgram([command, `${file}.partial`])).code).toBe(4);
    }
  });

  it('is not thrown away by another export, unless it may be', async () => {
    const file = await cutAt(whole.length - 60_000, 'kept');
    const args = ['export', file, ...on, '--plaintext-secrets'];
    expect(failureOf(await runProgram(args))).toEqual({
      code: 5,
      says: [
        `error: ${file}: an export to it was not finished, and can be gone on with`,
        'hint: pass --resume to go on with it, or --overwrite to begin anew',
      ],
    });
    expect((await stat(`${file}.partial`)).size).toBe(whole.length - 60_000);
    expect((await runProgram([...args, '--overwrite'], { env: EPOCH })).code).toBe(0);
  });

  it('keeps its plan: whoever wants another is told', async () => {
    const file = await cutAt(whole.length - 60_000, 'plan');
    expect(failureOf(await resumed(file, '--plaintext-secrets'))).toEqual({
      code: 2,
      says: [
        'error: --plaintext-secrets was settled when the export began, and it goes on as it was planned',
        'hint: leave --plaintext-secrets out, or export anew',
      ],
    });
  });

  it('is gone on with although the cluster moved, and says so; also when it does not answer', async () => {
    const file = await cutAt(whole.length - 60_000, 'moved');
    const copy = await fresh('unreachable');
    await copyFile(`${file}.partial`, `${copy}.partial`);
    const surface = await source.cluster.discover();
    const apps = surface.find('korifi.cloudfoundry.org', 'CFApp', ['v1alpha1']);
    if (apps === undefined) throw new Error('the source serves CFApp');
    const [[app] = []] = await Array.fromAsync(source.cluster.list(apps));
    const { namespace, name = '' } = app?.metadata ?? {};
    const body = { spec: { displayName: 'renamed' } };
    await source.cluster.patch(apps, namespace, name, { type: 'merge', body });
    const { code, stdout } = await resumed(file, '-o', 'json');
    expect(code).toBe(0);
    const { notes, drift } = JSON.parse(stdout);
    expect(notes).toContainEqual(
      expect.stringMatching(
        `the cluster moved since the backup was planned.*CFApp ${namespace}/${name} \\(changed\\)`,
      ),
    );
    // The seal says so too, and is all that differs.
    expect(drift).toEqual([`CFApp ${namespace}/${name}`]);
    const verified = await runProgram(['verify', file, '-o', 'json']);
    expect(JSON.parse(verified.stdout).drift).toEqual(drift);
    const seal = whole.indexOf('seal.json');
    expect((await readFile(file)).subarray(0, seal).equals(whole.subarray(0, seal))).toBe(true);

    const nowhere = join(source.directory, 'nowhere');
    const kubeconfig = await readFile(source.kubeconfigFile, 'utf8');
    await writeFile(nowhere, kubeconfig.replace(/server: .*/g, 'server: http://127.0.0.1:9'));
    const lost = await runProgram(['export', copy, '--resume', '--kubeconfig', nowhere, '-o', 'json']);
    expect({ code: lost.code, notes: JSON.parse(lost.stdout).notes }).toEqual({
      code: 0,
      notes: expect.arrayContaining([expect.stringMatching(/whether it moved was not checked/)]),
    });
    expect((await readFile(copy)).equals(whole)).toBe(true);
  });
});

describe('what is left of a signed export', { timeout: 60_000 }, () => {
  const signing = async () => {
    const key = join(source.directory, 'id_ed25519');
    await writeFile(key, SSH_KEYS.ours.text, { mode: 0o600 });
    return ['--sign-key', key];
  };

  it('is signed by the resume, which asks for the key, to the same bytes', async () => {
    const signed = await fresh('signed');
    const args = [...on, '--plaintext-secrets', ...(await signing())];
    expect((await runProgram(['export', signed, ...args], { env: EPOCH })).code).toBe(0);
    const bytes = await readFile(signed);
    const file = await fresh('signed-resumed');
    await writeFile(`${file}.partial`, bytes.subarray(0, bytes.length - 60_000));
    const { code, says } = failureOf(await resumed(file));
    expect({ code, error: says[0], hint: says[1] }).toEqual({
      code: 2,
      error: 'error: this export was begun with --sign-key',
      hint: 'hint: pass --sign-key with the same key',
    });
    expect((await stat(`${file}.partial`)).size).toBe(bytes.length - 60_000);
    expect((await resumed(file, ...(await signing()))).code).toBe(0);
    expect((await readFile(file)).equals(bytes)).toBe(true);
  });

  it('is told by the command that goes on: it has the key', async () => {
    const file = await fresh('signed-told');
    trickle();
    const args = ['export', file, ...on, '--plaintext-secrets', ...(await signing()), '--progress', 'json'];
    const child = startProgram(args, { env: EPOCH });
    child.stderr?.on('data', chunk => {
      if (String(chunk).includes('"phase":"write"')) child.kill('SIGTERM');
    });
    const { says } = failureOf(await outcomeOf(child));
    const words = says.at(-1)?.split('kubectl asa-backup ')[1]?.split(' ') ?? [];
    expect(words).toContain('--sign-key');
    source.faults.clear();
    expect((await runProgram(words)).code).toBe(0);
    const signers = join(source.directory, 'signers');
    await writeFile(signers, `ops@example.com ${SSH_KEYS.ours.line}\n`);
    expect((await runProgram(['verify', file, '--allowed-signers', signers])).code).toBe(0);
  });

  it('is not signed when it was begun without', async () => {
    const file = await cutAt(whole.length - 60_000, 'unsigned');
    const { code, says } = failureOf(await resumed(file, ...(await signing())));
    expect({ code, error: says[0] }).toEqual({
      code: 2,
      error: 'error: this export was begun without --sign-key',
    });
  });
});

describe('an export that still runs', { timeout: 60_000 }, () => {
  it.each([
    ['another export', ['--plaintext-secrets']],
    ['another export that may overwrite', ['--plaintext-secrets', '--overwrite']],
    ['a resume', ['--resume']],
  ])('keeps %s from its file, and is whole', async (what, flags) => {
    const file = await fresh(what.replaceAll(' ', '-'));
    trickle(150_000);
    const child = startProgram(['export', file, ...on, '--plaintext-secrets', '--progress', 'json'], {
      env: EPOCH,
    });
    const ended = outcomeOf(child);
    const seen = Promise.withResolvers<void>();
    child.stderr?.on('data', chunk => {
      if (String(chunk).includes('"blob-started"')) seen.resolve();
    });
    await seen.promise;
    // However long the other takes to start, this one is not done by then.
    child.kill('SIGSTOP');
    const other = failureOf(await runProgram(['export', file, ...on, ...flags]));
    child.kill('SIGCONT');
    const { code } = await ended;
    expect(other).toMatchObject({
      code: 5,
      says: [
        expect.stringMatching(/backup\.tar: another export is writing it, run by \S+, since \S+$/),
        'hint: wait until it has ended, or export to another file',
        expect.stringContaining('backup.tar.lock is no longer believed'),
      ],
    });
    expect(code).toBe(0);
    expect((await runProgram(['verify', file])).code).toBe(0);
    expect(await readdir(dirname(file))).toEqual(['backup.tar']);
  });
});

describe('an export that fails', { timeout: 60_000 }, () => {
  it('says how to go on, in a line that does', async () => {
    const file = await fresh('told');
    trickle();
    const child = startProgram(['export', file, ...on, '--plaintext-secrets', '--progress', 'json'], {
      env: EPOCH,
    });
    child.stderr?.on('data', chunk => {
      if (!String(chunk).includes('"phase":"write"')) return;
      source.faults.registry({ kind: 'status', status: 404, on: /^GET .*\/blobs/ });
    });
    const { code, says } = failureOf(await outcomeOf(child));
    const hint = says.at(-1) ?? '';
    expect({ code, hint }).toEqual({
      code: 1,
      hint: `hint: what was written is kept; go on with: kubectl asa-backup export ${file} --resume --kubeconfig ${source.kubeconfigFile}`,
    });
    source.faults.clear();
    const words = hint.split('kubectl asa-backup ')[1]?.split(' ') ?? [];
    expect((await runProgram(words)).code).toBe(0);
    expect((await runProgram(['verify', file])).code).toBe(0);
  });

  it('on a full disk keeps what there is, and goes on when there is room', async () => {
    const file = await fresh('full');
    // In units of 1 KiB: more than the head takes, and less than the archive.
    const outcome = await runInShell('ulimit -f 200 && exec', ['export', file, ...on, '--plaintext-secrets']);
    const { code, says } = failureOf(outcome);
    expect({ code, error: says[0], hint: says.at(-1) }).toEqual({
      code: 1,
      error: expect.stringMatching(/the file system takes no file of this size after \d+ of \d+ bytes$/),
      hint: expect.stringMatching(/^hint: what was written is kept; go on with: .* --resume /),
    });
    expect((await resumed(file)).code).toBe(0);
    expect((await runProgram(['verify', file])).code).toBe(0);
  });

  it('with secrets that are encrypted needs no key to go on', async () => {
    const file = await fresh('sealed');
    trickle();
    const identity = await generateX25519Identity();
    const recipient = await identityToRecipient(identity);
    const child = startProgram(['export', file, ...on, '--recipient', recipient, '--progress', 'json']);
    let isInterrupted = false;
    child.stderr?.on('data', chunk => {
      if (isInterrupted || !String(chunk).includes('"blob-started"')) return;
      isInterrupted = true;
      child.kill('SIGINT');
    });
    const { code, says } = failureOf(await outcomeOf(child));
    expect({ code, hint: says.at(-1) }).toEqual({ code: 130, hint: expect.stringContaining('--resume') });
    source.faults.clear();
    expect((await resumed(file)).code).toBe(0);
    const keys = join(dirname(file), 'key.txt');
    await writeFile(keys, identity);
    expect((await runProgram(['verify', file, '--identity', keys])).code).toBe(0);
  });

  it('before it was planned, or to standard output, cannot be gone on with', async () => {
    const file = await fresh('none');
    expect(failureOf(await resumed(file)).says[0]).toBe(
      `error: ${file}.partial: there is no unfinished export to go on with`,
    );
    expect(failureOf(await runProgram(['export', '-', '--resume', ...on]))).toMatchObject({
      code: 2,
      says: ['error: only an export to a file can be gone on with', expect.anything()],
    });
  });

  it('in a part that turns out to be damaged begins that part anew', async () => {
    const reference = await fresh('reference');
    const cut = ['--plaintext-secrets', '--volume-size', '96KiB'];
    await runProgram(['export', reference, ...on, ...cut], { env: EPOCH });
    const file = join(dirname(reference), 'backup.tar');
    const names = (await readdir(dirname(file))).sort();
    const before = await Promise.all(names.map(name => readFile(join(dirname(file), name))));
    const at = (number: number) => join(dirname(file), `backup.00${number}.tar`);
    const second = await readFile(at(2));
    second.writeUInt8(second.readUInt8(85_000) ^ 1, 85_000);
    await writeFile(at(2), second);
    for (const name of names.slice(3)) await rm(join(dirname(file), name));
    await rename(at(3), `${at(3)}.partial`);
    await truncate(`${at(3)}.partial`, 20_000);
    expect((await resumed(file)).code).toBe(0);
    expect((await readdir(dirname(file))).sort()).toEqual(names);
    const after = await Promise.all(names.map(name => readFile(join(dirname(file), name))));
    expect(after.map((bytes, index) => bytes.equals(before[index] ?? Buffer.alloc(0)))).toEqual(
      names.map(() => true),
    );
  });
});
