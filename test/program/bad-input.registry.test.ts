import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newIdentity } from '../../src/archive/age.ts';
import { openArchive } from '../../src/archive/open-archive.ts';
import type { Loss } from '../../src/base/losses.ts';
import { type Stage, startStage, TINY, writtenSince } from '../support/embedded.ts';
import { expectPresentable, failureOf, named } from '../support/failure.ts';
import { runProgram } from '../support/program.ts';

let source: Stage;
let target: Stage;
let names: Record<string, string>;
/** For one of a droplet's layers. */
let layerRequests: RegExp;

beforeAll(async () => {
  [source, target] = await Promise.all([
    startStage({ name: 'source', landscape: TINY }),
    startStage({ name: 'target' }),
  ]);
  names = { FOLDER: source.directory, SOURCE: source.registry.host, TARGET: target.registry.host };
  expect((await exported('whole.tar')).code).toBe(0);
  const whole = await openArchive(archiveAt('whole.tar'));
  const layer = whole.head.plan.layers.find(({ repositories }) => repositories[0]?.endsWith('-droplets'));
  await whole.close();
  layerRequests = new RegExp(`^GET .*/blobs/${layer?.digest}$`);
}, 60_000);
afterAll(() => Promise.all([source?.stop(), target?.stop()]));
beforeEach(() => {
  source.faults.clear();
  target.faults.clear();
});

const archiveAt = (name: string) => join(source.directory, name);
const exported = (file: string, ...args: string[]) =>
  runProgram([
    'export',
    archiveAt(file),
    '--kubeconfig',
    source.kubeconfigFile,
    '--plaintext-secrets',
    ...args,
  ]);

/** Exports with something missing; returns what was lost, as the archive tells it too. */
async function lossesOf(file: string): Promise<Loss[]> {
  const { code, stdout, stderr } = await exported(file, '-o', 'json');
  expectPresentable(stderr);
  const { losses } = JSON.parse(named(stdout, names));
  expect(code).toBe(3);
  for (const { subject } of losses) expect(named(stderr, names)).toContain(`loss: ${subject}`);
  return losses;
}

const GO_ON = expect.stringMatching(
  /^hint: what was written is kept; go on with: kubectl asa-backup export FOLDER\/none.tar --resume /,
);

const WHOSE = /^hint: it belongs to an image of CFBuild [\w/-]+/;

/** An export that fails on the way: what it leaves behind is no archive, and can be gone on with. */
async function exportFailure() {
  const before = (await readdir(source.directory)).filter(name => name !== 'none.tar.partial');
  const failure = failureOf(await exported('none.tar', '--overwrite'), names);
  expect((await readdir(source.directory)).sort()).toEqual([...before, 'none.tar.partial'].sort());
  return failure;
}

describe('a registry that an export reads from', () => {
  it('is down: every image is lost by name', async () => {
    source.faults.registry({ kind: 'reset', after: -1 });
    const losses = await lossesOf('no-images.tar');
    expect(losses).toHaveLength(8);
    expect(losses[0]).toEqual({
      kind: 'image-unreadable',
      subject: 'SOURCE/tap/tas-adapter-package-repo:1.3.1',
      reason: 'no connection to SOURCE: it was reset',
      usedBy: ['PackageRepository tap-install/tas-adapter-repository'],
    });
  });

  it.each([
    [401, 'SOURCE answered 401: UNAUTHORIZED: who are you'],
    [403, 'SOURCE answered 403: DENIED: not yours'],
  ])('refuses with %i: the images are lost by name', async (status, reason) => {
    const [code, message] = status === 401 ? ['UNAUTHORIZED', 'who are you'] : ['DENIED', 'not yours'];
    const body = JSON.stringify({ errors: [{ code, message }] });
    source.faults.registry({ kind: 'status', status, body, on: /droplets/ });
    const losses = await lossesOf(`refused-${status}.tar`);
    expect(losses.map(({ kind }) => kind)).toEqual(Array(2).fill('image-unreadable'));
    expect([...new Set(losses.map(loss => loss.reason))]).toEqual([reason]);
  });

  it('wants a login, and the program that should give it is gone: that is told once, and it is gone on', async () => {
    const folder = join(source.directory, 'docker');
    await mkdir(folder);
    await writeFile(join(folder, 'config.json'), '{"credsStore":"desktop"}');
    const headers = { 'www-authenticate': 'Basic realm="x"' };
    source.faults.registry({ kind: 'status', status: 401, headers, on: /droplets/ });
    const args = ['--kubeconfig', source.kubeconfigFile, '--plaintext-secrets'];
    const env = { DOCKER_CONFIG: folder };
    const { code, stderr } = await runProgram(['export', archiveAt('no-helper.tar'), ...args], { env });
    expect(code).toBe(3);
    expect(stderr.match(/the credential helper docker-credential-desktop is not in the PATH/g)).toHaveLength(
      1,
    );
    expect(stderr).toContain('going on without it (install or repair it, or take it out of');
    expect(named(stderr, names)).toContain('SOURCE answered 401');
  });

  it('loses a layer between plan and copy: the export fails', async () => {
    source.faults.registry({ kind: 'status', status: 404, on: layerRequests });
    expect(await exportFailure()).toEqual({
      code: 1,
      says: [
        expect.stringMatching(
          /^error: SOURCE\/asa\/.+-droplets@sha256:[0-9a-f]{64}: it was there when the export began, and is gone: SOURCE answered 404$/,
        ),
        'hint: Korifi deletes the images of builds and packages that it retains no longer: run the export again',
        expect.stringMatching(WHOSE),
        GO_ON,
      ],
    });
  });

  it('sends other bytes than it promised: the export fails', async () => {
    source.faults.registry({ kind: 'wrong-bytes', on: layerRequests });
    expect(await exportFailure()).toEqual({
      code: 1,
      says: [
        expect.stringMatching(
          /^error: SOURCE\/asa\/.+-droplets: the registry's blob is not what sha256:[0-9a-f]{64} names$/,
        ),
        'hint: the registry holds damaged content: push the image again, or take it from another place',
        expect.stringMatching(WHOSE),
        GO_ON,
      ],
    });
  });
});

describe('an image that is gone', () => {
  let lost: Loss[];
  const restore = (...args: string[]) =>
    runProgram([
      ...['restore', archiveAt('gone.tar'), '--kubeconfig', target.kubeconfigFile],
      ...['--registry-map', `${source.registry.host}/=${target.registry.host}/`, ...args],
    ]);

  beforeAll(async () => {
    source.faults.clear();
    source.faults.registry({ kind: 'status', status: 404, on: /droplets\/manifests/, times: 1 });
    lost = await lossesOf('gone.tar');
  }, 30_000);

  it('is lost by name, with whoever names it', () => {
    expect(lost).toEqual([
      {
        kind: 'image-missing',
        subject: expect.stringMatching(/^SOURCE\/asa\/.*-droplets@sha256:[0-9a-f]{64}$/),
        reason: 'SOURCE answered 404',
        usedBy: [expect.stringMatching(/^CFBuild cf-space-/)],
      },
    ]);
  });

  it('is told of by inspect and verify', async () => {
    const inspected = await runProgram(['inspect', archiveAt('gone.tar'), '-o', 'json']);
    expect(JSON.parse(named(inspected.stdout, names)).losses).toEqual(lost);
    expect(inspected.code).toBe(0);
    const verified = await runProgram(['verify', archiveAt('gone.tar'), '-o', 'json']);
    expect(JSON.parse(named(verified.stdout, names)).losses).toEqual(lost);
    expect(verified.code).toBe(3);
  });

  it('is told of by whatever is made of the archive, with the same exit code', async () => {
    const [copy, differential] = [archiveAt('copy.tar'), archiveAt('gone-too.tar')];
    source.faults.registry({ kind: 'status', status: 404, on: /droplets\/manifests/, times: 1 });
    const from = ['--kubeconfig', source.kubeconfigFile, '--plaintext-secrets'];
    await runProgram(['export', differential, '--base', archiveAt('gone.tar'), ...from]);
    for (const [done, ...args] of [
      ['redacted', 'redact', archiveAt('gone.tar')],
      ['rekeyed', 'rekey', archiveAt('gone.tar'), '--recipient', (await newIdentity()).recipient],
      ['merged', 'merge', differential, archiveAt('gone.tar')],
    ]) {
      const { code, stdout } = await runProgram([...args, '--output', copy, '--overwrite']);
      const verdict = stdout.trimEnd().split('\n').at(-1);
      expect({ code, verdict }).toEqual({
        code: 3,
        verdict: `${done}, to ${copy}, with 1 loss that it tells of`,
      });
      expect(named(stdout, names)).toContain('SOURCE answered 404');
    }
  });

  it('is told of before a restore', async () => {
    const before = target.server.storage.revision;
    const { stdout } = await restore('--dry-run', '-o', 'json');
    const { losses, notes } = JSON.parse(named(stdout, names));
    expect(losses).toEqual(lost);
    expect(notes).toContain(`the backup lacks ${lost[0]?.subject}: ${lost[0]?.reason}`);
    expect(writtenSince(target, before)).toEqual([]);
  });
});

describe('a registry that a restore writes to', () => {
  /**
   * Nothing is written to the cluster while the registry is not as it should be; when it gives out later, nothing that
   * names an image.
   */
  async function restoreFailure(to = target.registry.host, wrong = /./) {
    const before = target.server.storage.revision;
    const map = to === '' ? [] : ['--registry-map', `${source.registry.host}/=${to}/`];
    const args = ['restore', archiveAt('whole.tar'), '--kubeconfig', target.kubeconfigFile, '--yes', ...map];
    const failure = failureOf(await runProgram(args), names);
    expect(writtenSince(target, before).filter(line => wrong.test(line))).toEqual([]);
    return failure;
  }

  it('is down', async () => {
    expect(await restoreFailure('127.0.0.1:1')).toEqual({
      code: 5,
      says: [
        expect.stringMatching(
          /^error: images cannot be pushed to 127\.0\.0\.1:1\/[^:]+: no connection to 127\.0\.0\.1:1: nothing listens there$/,
        ),
      ],
    });
  });

  it('lets nobody push', async () => {
    const body = JSON.stringify({ errors: [{ code: 'DENIED', message: 'read only' }] });
    target.faults.registry({ kind: 'status', status: 403, body, on: /^POST / });
    expect(await restoreFailure()).toEqual({
      code: 5,
      says: [
        expect.stringMatching(
          /^error: images cannot be pushed to TARGET\/[^:]+: TARGET answered 403: DENIED: read only$/,
        ),
        'hint: log in with docker login TARGET as somebody who may do this',
      ],
    });
  });

  it('gives out in the middle', async () => {
    target.faults.registry({ kind: 'status', status: 507, on: /^(PATCH|PUT) .*blobs\/uploads/ });
    const withImages = / (PackageRepository|PackageInstall|App|CFPackage|CFBuild) /;
    expect(await restoreFailure(target.registry.host, withImages)).toEqual({
      code: 1,
      says: [
        expect.stringMatching(/^error: TARGET\/[^@]+@sha256:[0-9a-f]{64}: TARGET answered 507$/),
        expect.stringMatching(/^hint: go on with: kubectl asa-backup restore --resume /),
        expect.stringMatching(/^hint: or take back what was made: kubectl asa-backup undo /),
      ],
    });
  });

  it('is not told of, and the images cannot be had where they were', async () => {
    source.faults.registry({ kind: 'status', status: 404 });
    expect(await restoreFailure('')).toEqual({
      code: 5,
      says: [
        'error: no --registry-map covers SOURCE/tap/tas-adapter-package-repo:1.3.1 and 7 more of SOURCE, and it cannot be had where the backup found it',
        "hint: pass --registry-map SOURCE/=REGISTRY/, with the target's registry",
      ],
    });
  });
});
