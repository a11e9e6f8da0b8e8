import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { kubectlScript } from '../../src/commands/completion/scripts.ts';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { PROGRAM } from '../support/program.ts';
import { program } from '../testbed/programs.ts';

let stage: Stage;
let home: string;

beforeAll(async () => {
  [stage, home] = await Promise.all([
    startStage({ name: 'source', landscape: TINY }),
    mkdtemp(join(tmpdir(), 'asa-backup-kubectl-')),
  ]);
});
afterAll(async () => {
  await stage?.stop();
  await rm(home, { recursive: true, force: true });
});

/** kubectl as a person has it who has put the program's folder on the PATH. */
function kubectl(...args: string[]) {
  return kubectlOn([join(home, 'bin'), dirname(PROGRAM)], ...args);
}

async function kubectlOn(folders: readonly string[], ...args: string[]) {
  const PATH = [...folders, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);
  const env = { PATH, HOME: home, KUBECONFIG: stage.kubeconfigFile };
  try {
    return { code: 0, ...(await promisify(execFile)(program('kubectl'), args, { env })) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

describe('kubectl', () => {
  it('lists the program among its plugins', async () => {
    const named = await kubectl('plugin', 'list', '--name-only');
    expect(named.stdout.split('\n')).toContain('kubectl-asa_backup');
    // It complains of files that cannot be run, and of names that are a command of its own or stand in another's way.
    const listed = await kubectl('plugin', 'list');
    expect(listed.stdout.split('\n')).toContain(PROGRAM);
    expect(`${listed.stdout}${listed.stderr}`).not.toMatch(
      /asa_backup.*(warning|overshadowed|not executable)/is,
    );
    expect((await kubectlOn([], 'plugin', 'list')).stdout).not.toContain('asa_backup');
  });

  it('knows no such command where the program is not on the PATH', async () => {
    const { code, stderr } = await kubectlOn([], 'asa-backup', '--version');
    expect(code).toBe(1);
    expect(stderr).toContain('unknown command "asa-backup"');
  });

  it('passes flags, exit codes and both streams through', async () => {
    const version = await kubectl('asa-backup', '--version');
    expect({ code: version.code, stdout: version.stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining(packageJson.version),
    });
    const wrong = await kubectl('asa-backup', 'exprt');
    expect(wrong).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: there is no command "exprt"\nhint: did you mean export?\n',
    });
  });

  it('backs a foundation up, checks it, and shows it', async () => {
    const archive = join(home, 'backup.tar');
    const exported = await kubectl(
      'asa-backup',
      'export',
      archive,
      '--plaintext-secrets',
      '--context',
      'source',
    );
    expect(exported).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`exported to ${archive}, nothing is missing`),
    });
    const verified = await kubectl('asa-backup', 'verify', archive);
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing is missing') });
    const { stdout } = await kubectl('asa-backup', 'inspect', archive, '-o', 'json');
    expect(JSON.parse(stdout).objects).toMatchObject({ CFApp: 2 });
  });

  it('completes commands, flags, values and files, once completion is set up', async () => {
    const bin = join(home, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'kubectl_complete-asa_backup'), kubectlScript('linux').text, { mode: 0o755 });
    await symlink(program('kubectl'), join(bin, 'kubectl'));
    const complete = async (...words: string[]) =>
      (await kubectl('__complete', 'asa-backup', ...words)).stdout.split('\n').filter(line => line !== '');
    expect(await complete('ver')).toEqual([
      expect.stringMatching(/^verify\tCheck /),
      expect.stringMatching(/^version\t/),
      ':4',
    ]);
    expect(await complete('export', '-o', '')).toEqual(['json', 'yaml', ':4']);
    expect(await complete('export', '--context', '')).toEqual(['source', ':4']);
    expect(await complete('list', '--org', 'p')).toEqual(['payments', ':4']);
    expect(await complete('verify', '')).toEqual([':0']);
  });

  it('calls the program by its name in help', async () => {
    const { code, stdout } = await kubectl('asa-backup', 'export', '--help');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('kubectl asa-backup export FILE|-'),
    });
  });
});
