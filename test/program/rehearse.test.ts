import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SMALL, type Stage, startStage } from '../support/embedded.ts';
import { runProgram } from '../support/program.ts';

describe('a rehearsal', { timeout: 120_000 }, () => {
  let source: Stage;
  let archive: string;

  beforeAll(async () => {
    source = await startStage({ name: 'source', landscape: SMALL });
    archive = await exported('backup.tar');
  }, 60_000);
  afterAll(() => source?.stop());

  async function exported(name: string, ...flags: string[]): Promise<string> {
    const file = join(source.directory, name);
    const on = ['--kubeconfig', source.kubeconfigFile, '--plaintext-secrets'];
    expect((await runProgram(['export', file, ...on, ...flags])).code).toBe(0);
    return file;
  }

  it('brings everything back, and leaves nothing behind', async () => {
    const before = source.registry.requests.length;
    const folder = join(source.directory, 'tmp');
    await mkdir(folder);
    const env = { TMPDIR: folder };
    const { code, stdout } = await runProgram(['rehearse', archive, '--tasks', 'history', '-o', 'json'], {
      env,
    });
    const { restore, problems, estimate } = JSON.parse(stdout);
    expect({ code, losses: restore.losses, differs: restore.differs, problems }).toEqual({
      code: 0,
      losses: [],
      differs: [],
      problems: [],
    });
    const inspected = JSON.parse((await runProgram(['inspect', archive, '-o', 'json'])).stdout);
    const came = Object.entries<{ created: number; unchanged?: number }>(restore.objects).map(
      ([kind, { created = 0, unchanged = 0 }]) => [kind, created + unchanged],
    );
    expect(Object.fromEntries(came)).toEqual(inspected.objects);
    expect(restore.objects.CFApp).toMatchObject({ created: 9 });
    expect(restore.images.moved).toBeGreaterThan(10);
    expect(estimate).toMatchObject({ bytes: inspected.layerBytes });
    expect(source.registry.requests.length).toBe(before);
    expect(await readdir(folder)).toEqual([]);
  });

  it('of a part says how long the real thing may take', async () => {
    const { code, stdout } = await runProgram(['rehearse', archive, '--app', 'payments/production/checkout']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^estimate +a real restore moves [\d.]+ [KM]iB, in .* at 100 Mbit\/s/m);
    expect(stdout).toMatch(/CFApp +1 created, 1 started/);
    expect(stdout).toContain('can be restored, nothing is missing');
  });

  it('calls domains as the target would', async () => {
    const map = ['--domain-map', 'apps.example.com=apps.example.org'];
    const only = ['--app', 'payments/production/checkout'];
    const { code, stdout, stderr } = await runProgram(['rehearse', archive, ...only, ...map, '-o', 'json']);
    expect(code, stderr).toBe(0);
    const { notes } = JSON.parse(stdout).restore;
    expect(notes).toContain('routes of apps.example.com come to apps.example.org');
    const other = await runProgram([
      'rehearse',
      archive,
      '--domain-map',
      'nobodys.example.com=a.example.org',
    ]);
    expect(other).toMatchObject({ code: 5, stderr: expect.stringContaining('no domain of the backup') });
  });

  it('names what would not come back, and why', async () => {
    const lame = await exported('lame.tar', '--org', 'payments', '--exclude', 'Secret');
    const { code, stdout } = await runProgram(['rehearse', lame, '--wait-timeout', '2s']);
    expect(code).toBe(3);
    expect(stdout).toMatch(/! CFServiceInstance .*\n +not BindingSecretAvailable after 2 s/);
    expect(stdout).toContain('lame.tar can be restored in part');
  });

  it('finds a single bit that is wrong, in whatever layer', async () => {
    const damaged = join(source.directory, 'damaged.tar');
    const bytes = await readFile(archive);
    const at = Math.floor(bytes.length * 0.7);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    await writeFile(damaged, bytes);
    const { code, stderr } = await runProgram(['rehearse', damaged]);
    expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringContaining('error: ') });
  });
});
