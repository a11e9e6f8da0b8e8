import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pjson from '../../package.json' with { type: 'json' };

/** `npm run build:tanzu` has laid it out. */
const SOURCE = resolve('release/tanzu');
const ARCH = process.arch === 'x64' ? 'amd64' : process.arch;

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let folder: string;
let plugin: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asa-backup-tanzu-'));
  // The way that `tanzu plugin install asa-backup --local-source` goes through the folder.
  const manifest = load(await readFile(join(SOURCE, 'plugin_manifest.yaml'), 'utf8')) as {
    plugins: { name: string; target: string; versions: string[] }[];
  };
  const [{ name, target, versions } = { name: '', target: '', versions: [] }] = manifest.plugins;
  plugin = join(SOURCE, target, name, versions[0] ?? '', `tanzu-${name}-${process.platform}_${ARCH}`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Calls the plugin as the Tanzu CLI does. */
function call(args: string[], env: Record<string, string> = {}): Promise<Outcome> {
  return new Promise(done => {
    const child = execFile(plugin, args, { env: { HOME: folder, ...env } }, (_, stdout, stderr) =>
      done({ code: child.exitCode, stdout, stderr }),
    );
  });
}

/** What it sets for every call but those of an installation. */
const CALLED = { TANZU_BIN: 'tanzu' };

describe('the Tanzu CLI', () => {
  it('learns what the plugin is, from nothing but JSON', async () => {
    const { code, stdout, stderr } = await call(['info']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'asa-backup',
      target: 'global',
      version: `v${pjson.version}`,
      group: 'Manage',
    });
  });

  it('finishes the installation', async () => {
    expect(await call(['post-install'])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('has a page for every command, and asks each for its help', async () => {
    const docs = join(folder, '.docs');
    await mkdir(docs);
    expect(await call(['generate-docs', '--docs-dir', docs], CALLED)).toMatchObject({ code: 0, stdout: '' });
    const pages = await readdir(docs);
    expect(pages).toContain('tanzu_asa-backup.md');
    const commands = pages.flatMap(page => /^tanzu_asa-backup_([\w-]+)\.md$/.exec(page)?.[1] ?? []);
    expect(commands).toContain('restore');
    for (const command of commands) {
      const { code, stdout } = await call([command, '-h'], CALLED);
      expect({ code, usage: /^Usage:\n {2}(.*)$/m.exec(stdout)?.[1] }).toEqual({
        code: 0,
        usage: expect.stringMatching(`^tanzu asa-backup ${command}`),
      });
    }
  });

  it('shows help under its own name', async () => {
    const { stdout } = await call(['--help'], CALLED);
    expect(stdout).toContain('tanzu asa-backup COMMAND [options]');
    expect(stdout).not.toContain('kubectl asa-backup');
  });

  it('hands on arguments, and the exit code comes back', async () => {
    const { code, stdout, stderr } = await call(['verify', '/nonexistent/b.tar'], CALLED);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('error: ');
  });

  it.each([
    [['__complete', 'ver'], /^verify\tCheck .*\nversion\t.*\n:4\n$/],
    [['__complete', 'export', '-n', 'x', '--output='], /^--output=json\n--output=yaml\n:4\n$/],
    [['__complete', 'verify', ''], /^:0\n$/],
    [['__complete', 'frobnicate', ''], /^:4\n$/],
  ])('completes %j', async (args, expected) => {
    const { code, stdout } = await call(args, CALLED);
    expect(code).toBe(0);
    expect(stdout).toMatch(expected);
  });

  it.each([
    [['version'], `v${pjson.version}\n`],
    [['describe'], 'Back up and restore an Application Service Adapter (Korifi) foundation\n'],
    [['lint'], ''],
  ])('gets an answer to %j', async (args, stdout) => {
    expect(await call(args, CALLED)).toEqual({ code: 0, stdout, stderr: '' });
  });
});
