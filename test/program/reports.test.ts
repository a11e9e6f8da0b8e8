import { mkdir, readdir, readFile, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everything } from '../faults/apiserver.ts';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { runProgram } from '../support/program.ts';

let source: Stage;
let target: Stage;
let folder: string;
let archive: string;
let exporting: string[];

beforeAll(async () => {
  [source, target] = await Promise.all([
    startStage({ name: 'source', landscape: TINY }),
    startStage({ name: 'target' }),
  ]);
  folder = source.directory;
  archive = join(folder, 'backup.tar');
  exporting = ['--kubeconfig', source.kubeconfigFile, '--plaintext-secrets'];
}, 60_000);
afterAll(() => Promise.all([source?.stop(), target?.stop()]));

const read = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8'));
const restoring = (...more: string[]) => [
  ...['restore', archive, '--kubeconfig', target.kubeconfigFile, ...more],
  ...['--registry-map', `${source.registry.host}/=${target.registry.host}/`],
];
const named = (...names: string[]) => names.flatMap(name => ['--report', join(folder, name)]);

describe('--report', { timeout: 120_000 }, () => {
  it('tells of an export in every form, whose sizes add up to the bytes of its layers', async () => {
    const names = ['export.json', 'export.md', 'export.html'];
    const { code, stdout } = await runProgram([
      'export',
      archive,
      ...exporting,
      ...named(...names),
      '-o',
      'json',
    ]);
    expect(code).toBe(0);
    for (const name of names) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    const report = await read('export.json');
    const { images } = JSON.parse(stdout);
    expect(report).toMatchObject({
      schema: 1,
      command: 'export',
      ending: 'done',
      images: { total: images.bytes },
    });
    expect(report.images.parts.map(({ sort }: { sort: string }) => sort)).toContain('org');
    expect(report.record.phases.map(({ phase }: { phase: string }) => phase)).toEqual([
      ...['connect', 'list', 'resolve', 'write', 'finish'],
    ]);
  });

  it('tells of a dry run what would be done, and of the restore what was', async () => {
    expect((await runProgram(restoring('--dry-run', ...named('dry.json')))).code).toBe(0);
    const dry = await read('dry.json');
    expect(dry.verdict).toMatch(/^dry run/);
    expect([dry.record.waves, dry.planned.length > 5]).toEqual([[], true]);
    expect((await runProgram(restoring('--yes', ...named('restore.json', 'restore.html')))).code).toBe(0);
    const done = await read('restore.json');
    expect(done.record.waves.length).toBe(dry.planned.length);
    expect(done.maps).toContainEqual({
      what: 'registry',
      from: `${source.registry.host}/`,
      to: `${target.registry.host}/`,
    });
    const created = done.record.waves.map(
      ({ outcomes }: { outcomes: { created?: number } }) => outcomes.created ?? 0,
    );
    const counted = Object.values(done.objects as Record<string, { created?: number }>);
    const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
    expect(sum(created)).toBe(sum(counted.map(({ created = 0 }) => created)));
    expect(await readFile(join(folder, 'restore.html'), 'utf8')).toContain(
      'restored to target, nothing is missing',
    );
  });

  it('tells of a verification, a comparison and an undo, as a change ticket wants it', async () => {
    expect((await runProgram(['verify', archive, ...named('verify.json', 'verify.html')])).code).toBe(0);
    const verified = await read('verify.json');
    expect(verified).toMatchObject({ command: 'verify', ending: 'done', losses: [] });
    expect([verified.verdict, verified.images.total > 0]).toEqual([
      `${archive} is intact, nothing is missing`,
      true,
    ]);
    expect(await readFile(join(folder, 'verify.html'), 'utf8')).toContain('✓ done');
    const comparing = restoring().slice(1);
    await runProgram(['diff', ...comparing, ...named('diff.json', 'diff.md')]);
    const compared = await read('diff.json');
    expect(compared).toMatchObject({ command: 'diff', verdict: expect.stringContaining('target is ') });
    const undoing = ['undo', '--yes', '--kubeconfig', target.kubeconfigFile];
    expect((await runProgram([...undoing, ...named('undo.json', 'undo.html')])).code).toBe(0);
    const undone = await read('undo.json');
    expect(undone.objects.CFOrg).toEqual({ removed: expect.any(Number) });
    expect(undone.record.waves.length).toBeGreaterThan(3);
    expect(undone.verdict).toBe('what the restore made in target is taken back');
    await runProgram(['diff', ...comparing, ...named('after.json')]);
    const after = await read('after.json');
    expect(after.objects.CFOrg).toEqual({ missing: undone.objects.CFOrg.removed });
    expect(after.notes.join('\n')).toMatch(/in the archive only: CFOrg /);
  });

  it('tells of a rehearsal as of the restore that it is', async () => {
    const { code } = await runProgram(['rehearse', archive, ...named('rehearsal.json')]);
    expect(code).toBe(0);
    const { command, verdict, record, images, maps } = await read('rehearsal.json');
    expect({ command, verdict }).toEqual({
      command: 'rehearse',
      verdict: `${archive} can be restored, nothing is missing`,
    });
    expect([record.waves.length > 5, images.total > 0, maps.length > 0]).toEqual([true, true, true]);
  });

  it('tells of a run that failed how far it came and why', async () => {
    const unreachable = ['--server', 'http://127.0.0.1:9', '--request-timeout', '1s'];
    const failing = [
      'export',
      join(folder, 'none.tar'),
      ...exporting,
      ...unreachable,
      ...named('failed.json'),
    ];
    const { code, stderr } = await runProgram(failing);
    expect(code).toBe(1);
    const report = await read('failed.json');
    expect(report).toMatchObject({ ending: 'failed', losses: [] });
    expect(report.verdict).toMatch(/^export failed, after/);
    expect(stderr).toContain(report.error[0]);
  });

  it('that cannot be written loses nothing of the result', async () => {
    const path = join(folder, 'gone', 'report.md');
    await mkdir(join(folder, 'gone'));
    source.faults.api.add(everything, async (call, next) => {
      await rmdir(join(folder, 'gone'));
      return next(call);
    });
    const exportKept = ['export', join(folder, 'kept.tar'), ...exporting, '--report', path];
    const { code, stdout, stderr } = await runProgram(exportKept);
    expect(code).toBe(1);
    expect(stdout).toContain('nothing is missing');
    expect(stderr).toContain(`error: ${path}: the report cannot be written`);
    expect((await runProgram(['verify', join(folder, 'kept.tar')])).code).toBe(0);
  });

  it('is refused before the run where it cannot be', async () => {
    const { code, stderr } = await runProgram([
      'export',
      join(folder, 'x.tar'),
      ...exporting,
      '--report',
      'r.pdf',
    ]);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('error: r.pdf: the ending'),
    });
    expect(await readdir(folder)).not.toContain('x.tar');
  });
});
