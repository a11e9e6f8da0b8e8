import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compareFoundations } from '../../src/sandbox/compare.ts';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { runProgram } from '../support/program.ts';
import { everythingOf } from '../support/whole.ts';

/** A wave begins when its images are there, while layers of later ones still pass. */
describe('the waves of a restore', () => {
  let source: Stage;
  let target: Stage;
  let archive: string;
  let layers: { digest: string }[];
  beforeAll(async () => {
    source = await startStage({ name: 'source', landscape: TINY });
    archive = join(source.directory, 'backup.tar');
    await runProgram(['export', archive, '--kubeconfig', source.kubeconfigFile, '--plaintext-secrets']);
    const text = (await readFile(archive)).toString('latin1');
    layers = JSON.parse(
      /"layers":(\[\{"digest":"sha256:[0-9a-f]+","size":\d+,"repositories".*?\}\]),"losses"/.exec(
        text,
      )?.[1] ?? '[]',
    );
    expect(layers.length).toBeGreaterThan(5);
  }, 60_000);
  beforeEach(async () => {
    await target?.stop();
    target = await startStage({ name: 'target' });
  }, 60_000);
  afterAll(() => Promise.all([source?.stop(), target?.stop()]));

  /** All but what every namespace is furnished with, some time after it was made. */
  const state = async () =>
    [...(await everythingOf(target))].filter(([key]) => !/kube-root-ca|ServiceAccount.*\/default$/.test(key));

  const arguments_ = (file: string, ...flags: string[]) => {
    const map = `${source.registry.host}/=${target.registry.host}/`;
    const to = ['--kubeconfig', target.kubeconfigFile, '--registry-map', map, '--yes'];
    return ['restore', file, ...to, '--progress', 'json', '-o', 'json', ...flags];
  };

  /** Which came first: an object, or the last layer. */
  function order(stderr: string): 'objects first' | 'layers first' {
    const events = stderr
      .split('\n')
      .filter(line => line.startsWith('{'))
      .map(line => JSON.parse(line).event.type as string);
    return events.indexOf('object-done') < events.lastIndexOf('blob-done') ? 'objects first' : 'layers first';
  }

  /** The last layers, those of droplets, take their time. */
  function slowly(): void {
    const headers = { 'retry-after': '2' };
    target.faults.registry({ kind: 'status', status: 503, headers, on: /^POST .*droplets\/blobs/, times: 4 });
  }

  it.each([
    ['from a file, whose seal is read first', false, [], 'objects first'],
    ['from a pipe, when all is known to have come', true, [], 'layers first'],
    ['from a pipe as from a file, when somebody is eager', true, ['--eager'], 'objects first'],
  ] as const)('begin %s', async (_, piped, flags, expected) => {
    slowly();
    const input = piped ? { input: await readFile(archive) } : {};
    const { code, stdout, stderr } = await runProgram(arguments_(piped ? '-' : archive, ...flags), input);
    const { losses } = JSON.parse(stdout || '{}');
    expect({ code, losses, order: order(stderr) }, stderr).toEqual({ code: 0, losses: [], order: expected });
    await target.settle();
    const { differences, problems } = await compareFoundations(source, target);
    expect({ differences, problems }).toEqual({ differences: [], problems: [] });
  });

  it('do not begin before the images that they need are there', async () => {
    const headers = { 'retry-after': '2' };
    target.faults.registry({ kind: 'status', status: 503, headers, on: /^POST .*-repo\/blobs/, times: 2 });
    const { code, stderr } = await runProgram(arguments_(archive));
    expect(code, stderr).toBe(0);
    const events = stderr
      .split('\n')
      .filter(line => line.startsWith('{'))
      .map(line => JSON.parse(line).event as { type: string; kind?: string; reference?: string });
    const image = events.findLastIndex(
      ({ type, reference }) => type === 'manifest-done' && /-repo[:@]/.test(reference ?? ''),
    );
    const made = (kind: string) =>
      events.findIndex(event => event.type === 'object-done' && event.kind === kind);
    expect(made('Namespace')).toBeLessThan(image);
    expect(made('PackageRepository')).toBeGreaterThan(image);
  });

  it('make nothing whose images have not passed whole: a damaged last layer ends the run, and it is undone', async () => {
    // What is made within the second in which a restore begins counts as made after it.
    await sleep(1000);
    const empty = await state();
    const bytes = await readFile(archive);
    const last = layers.at(-1)?.digest.replace('sha256:', '') ?? '';
    const at = bytes.lastIndexOf(`blobs/sha256/${last}`) + 512;
    bytes[at + 5] = (bytes[at + 5] ?? 0) ^ 1;
    const damaged = join(source.directory, 'damaged.tar');
    await writeFile(damaged, bytes);
    const { code, stderr } = await runProgram(arguments_(damaged));
    expect(code).toBe(4);
    const [, journal = ''] = /go on with: kubectl asa-backup restore --resume (\S+)/.exec(stderr) ?? [];
    const done = stderr
      .split('\n')
      .filter(line => line.includes('"object-done"') && line.includes('"created"'))
      .map(line => JSON.parse(line).event.kind as string);
    expect(done).toContain('Namespace');
    expect(done).not.toContain('CFBuild');
    const undone = await runProgram(['undo', journal, '--kubeconfig', target.kubeconfigFile, '--yes']);
    expect(undone.code, undone.stderr).toBe(0);
    await target.settle();
    expect(await state()).toEqual(empty);
  });

  it('make nothing at all of a file without its seal', async () => {
    const empty = await state();
    const cut = join(source.directory, 'cut.tar');
    await writeFile(cut, (await readFile(archive)).subarray(0, -1024));
    expect((await runProgram(arguments_(cut))).code).toBe(4);
    expect(await state()).toEqual(empty);
  });
});
