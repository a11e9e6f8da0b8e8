import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pjson from '../../package.json' with { type: 'json' };
import { valuesOf } from '../../src/commands/completion/values.ts';
import { SMALL, type Stage, startStage } from '../support/embedded.ts';
import { runProgram } from '../support/program.ts';

/** What people who know kubectl try without looking it up. */
describe("kubectl's habits", () => {
  let source: Stage;
  let archive: string;
  let on: string[];

  beforeAll(async () => {
    source = await startStage({ name: 'source', landscape: SMALL });
    archive = join(source.directory, 'backup.tar');
    on = ['--kubeconfig', source.kubeconfigFile];
    const { code, stderr } = await runProgram(['export', archive, ...on, '--plaintext-secrets', '--quiet']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }, 60_000);
  afterAll(() => source?.stop());

  const complete = async (...words: string[]) => {
    const { stdout } = await runProgram(['__complete', ...words]);
    const lines = stdout.trimEnd().split('\n');
    return { names: lines.slice(0, -1).map(line => line.split('\t')[0]), directive: lines.at(-1) };
  };

  it('shows help when nothing is said, on standard output', async () => {
    const { code, stdout, stderr } = await runProgram([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('\nAvailable Commands:\n');
    expect(stdout).not.toContain('post-install');
  });

  it('tells its version to programs too', async () => {
    const { stdout } = await runProgram(['version', '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ version: `v${pjson.version}`, node: process.versions.node });
    expect((await runProgram(['version'])).stdout).toBe(`v${pjson.version}\n`);
  });

  it.each([
    ['export', '--help'],
    ['export', '-h'],
    ['help', 'export'],
  ])('shows the help of %s %s', async (...args) => {
    const { code, stdout } = await runProgram(args);
    expect(code).toBe(0);
    for (const part of ['Examples:\n  ', 'Options:\n', 'Usage:\n  kubectl asa-backup export ']) {
      expect(stdout).toContain(part);
    }
    expect(stdout).not.toContain('--kubeconfig=');
  });

  it('lists the options that all commands have', async () => {
    expect((await runProgram(['options'])).stdout).toContain('    --kubeconfig=FILE:\n');
  });

  it('tells of every request with -v=6, and of no credential', async () => {
    const secret = 'tell-nobody';
    const { code, stderr } = await runProgram(
      ['export', '-', ...on, '--plaintext-secrets', '--token', secret, '-v=7'],
      {},
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/^GET http\S+\/apis\/\S+\?limit=500 200 in \d+ ms$/m);
    expect(stderr).toMatch(/^GET http\S+\/blobs\/sha256:\S+ 0\+\d+ filled in \d+ ms$/m);
    expect(stderr).toMatch(/^ {2}content-type: application\/json/m);
    expect(stderr).not.toContain(secret);
    expect(stderr).not.toMatch(/authorization:|bearer/i);
  });

  it('takes flags before the command, where kubectl takes them too', async () => {
    const { code, stdout } = await runProgram([...on, '-o', 'name', 'list']);
    expect({ code, stdout }).toEqual(
      await runProgram(['list', ...on, '-o', 'name']).then(({ stderr, ...rest }) => rest),
    );
    expect(await runProgram([...on, 'exprt'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean export?'),
    });
    expect(await runProgram([...on])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('a command is missing'),
    });
    expect(await runProgram(['--conte', 'old', 'list'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean --context?'),
    });
    expect(await runProgram(['--versoin'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean --version?'),
    });
    expect((await runProgram([...on, 'list', '--help'])).stdout).toContain('kubectl asa-backup list');
  });

  it('completes contexts from the kubeconfig', async () => {
    expect(await complete('export', ...on, '--context', '')).toEqual({ names: ['source'], directive: ':4' });
  });

  it('knows the names of orgs in an archive, of spaces in the cluster, and of kinds in the catalog', async () => {
    const line = (command: string, ...positional: string[]) => ({
      command,
      flags: new Map([['kubeconfig', [source.kubeconfigFile]]]),
      positional,
    });
    const orgs = await valuesOf('org', line('restore', archive));
    expect(orgs?.length).toBeGreaterThan(1);
    expect(await valuesOf('org', line('export'))).toEqual(orgs);
    expect((await valuesOf('space', line('export')))?.length).toBeGreaterThan(1);
    expect((await valuesOf('exclude', line('export')))?.map(({ value }) => value)).toContain('CFOrg');
  });

  it('offers nothing, and says nothing, where the names cannot be had', async () => {
    const words = ['export', '--kubeconfig', '/nonexistent', '--context', ''];
    expect(await runProgram(['__complete', ...words])).toEqual({ code: 0, stdout: ':4\n', stderr: '' });
  });

  it('puts the script for kubectl beside the program, once', async () => {
    const folder = join(source.directory, 'bin');
    await mkdir(folder);
    await writeFile(join(folder, 'kubectl-asa_backup'), '');
    const env = { PATH: folder, HOME: source.directory };
    const first = await runProgram(['completion'], { env });
    expect({ code: first.code, line: first.stdout.split('\n')[0] }).toEqual({
      code: 0,
      line: `wrote ${join(folder, 'kubectl_complete-asa_backup')}`,
    });
    expect((await runProgram(['completion'], { env })).stdout).toContain('is there already');
    await writeFile(join(folder, 'kubectl_complete-asa_backup'), 'else');
    const third = await runProgram(['completion'], { env });
    expect({ code: third.code, stderr: third.stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('it exists and is not of this program'),
    });
  });

  it('takes what one would type every time from the environment and from a file', async () => {
    const config = join(source.directory, 'config.yaml');
    await writeFile(config, `kubeconfig: ${source.kubeconfigFile}\nprogress: none\ncontext: elsewhere\n`);
    const env = { ASA_BACKUP_CONFIG: config, ASA_BACKUP_CONTEXT: 'source', ASA_BACKUP_OUTPUT: 'json' };
    const { code, stdout, stderr } = await runProgram(
      ['export', join(source.directory, 'second.tar'), '--plaintext-secrets'],
      { env },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout).losses).toEqual([]);
  });
});
