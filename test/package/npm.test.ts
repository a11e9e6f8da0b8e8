import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pjson from '../../package.json' with { type: 'json' };

const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asa-backup-npm-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the npm package', () => {
  it('is as publint wants it', async () => {
    expect((await publint({ pkgDir: process.cwd(), strict: true })).messages).toEqual([]);
  });

  it('brings everything that it runs on', () => {
    expect(Object.keys(pjson)).not.toContain('dependencies');
  });

  it('runs from an installation of it, with nothing else there', async () => {
    await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder]);
    const tarball = join(folder, `${pjson.name}-${pjson.version}.tgz`);
    await writeFile(join(folder, 'package.json'), '{}');
    await run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', tarball], { cwd: folder });
    const program = join(folder, 'node_modules/.bin/kubectl-asa_backup');
    const { stdout } = await run(process.execPath, [program, '--version'], { cwd: folder });
    expect(stdout).toBe(`${pjson.version}\n`);
  });

  it('says in one line which Node.js it needs to one that is older', async () => {
    const old = join(folder, 'old');
    // Node itself, taken for another version by what is loaded first.
    await writeFile(
      old,
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.11.1' } });",
    );
    const program = join(folder, 'node_modules/kubectl-asa-backup/bin/kubectl-asa_backup');
    const failed = run(process.execPath, ['--require', old, program, '--version']);
    await expect(failed).rejects.toMatchObject({
      code: 1,
      stderr: 'error: Node.js 22.19 or newer is needed, this is 20.11.1\n',
    });
  });
});
