import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { load } from 'js-yaml';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pjson from '../../package.json' with { type: 'json' };

const run = promisify(execFile);

interface Platform {
  selector: { matchLabels: { os: string; arch: string } };
  uri: string;
  sha256: string;
  bin: string;
}

/** What Krew reads of a manifest (its pkg/index/types.go). */
interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: {
    version: string;
    homepage: string;
    shortDescription: string;
    description: string;
    caveats: string;
    platforms: Platform[];
  };
}

interface Entry {
  name: string;
  type: string;
  mode: number;
  bytes: Buffer;
}

let folder: string;
let archive: Buffer;
let entries: Entry[];
let manifest: Manifest;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asa-backup-krew-'));
  await pack('first');
  archive = await readFile(join(folder, 'first/asa-backup.tar.gz'));
  manifest = load(await readFile(join(folder, 'first/plugin.yaml'), 'utf8')) as Manifest;
  entries = await entriesOf(archive);
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the Krew manifest', () => {
  it('is one that Krew takes', () => {
    const { apiVersion, kind, metadata, spec } = manifest;
    expect([apiVersion, kind]).toEqual(['krew.googlecontainertools.github.com/v1alpha2', 'Plugin']);
    expect(metadata.name).toMatch(/^[\w-]+$/);
    expect(spec.version).toMatch(/^v\d+\.\d+\.\d+(-[\w.]+)?$/);
    expect(spec.homepage).toMatch(/^https:\/\//);
    expect(spec.shortDescription).toMatch(/^[^\n]{1,60}$/);
    expect(spec.description).not.toBe('');
    expect(spec.caveats).toContain('Node.js');
    for (const { uri, sha256, bin } of spec.platforms) {
      expect(uri).toMatch(/^https:\/\/.*\.tar\.gz$/);
      expect(sha256).toMatch(/^[a-f0-9]{64}$/);
      expect(bin).not.toMatch(/^\/|\.\./);
    }
  });

  it('names each platform once, by operating system and architecture alone', () => {
    const platforms = manifest.spec.platforms.map(({ selector: { matchLabels, ...others } }) => {
      expect(others).toEqual({});
      expect(Object.keys(matchLabels).sort()).toEqual(['arch', 'os']);
      return `${matchLabels.os}/${matchLabels.arch}`;
    });
    expect(platforms).toEqual(['darwin/amd64', 'darwin/arm64', 'linux/amd64', 'linux/arm64']);
  });

  it('is of this version and of this archive', () => {
    expect(manifest.spec.version).toBe(`v${pjson.version}`);
    const sha256 = createHash('sha256').update(archive).digest('hex');
    expect(new Set(manifest.spec.platforms.map(platform => platform.sha256))).toEqual(new Set([sha256]));
    for (const { uri } of manifest.spec.platforms) expect(uri).toContain(`/v${pjson.version}/`);
  });

  it('stands in the project as it is made, but for the digest of the last release', async () => {
    const [committed, made] = await Promise.all(
      ['plugin.yaml', join(folder, 'first/plugin.yaml')].map(path => readFile(path, 'utf8')),
    );
    const withoutDigest = (text = '') => text.replace(/[a-f0-9]{64}/g, '…');
    expect(withoutDigest(committed)).toBe(withoutDigest(made));
  });
});

describe('the Krew archive', () => {
  it('has regular files only, none of them outside of its folder', () => {
    expect(new Set(entries.map(({ type }) => type))).toEqual(new Set(['file']));
    for (const { name } of entries) expect(name).not.toMatch(/^\/|\.\./);
  });

  it('has the licence and the program', () => {
    const names = entries.map(({ name }) => name);
    expect(names).toContain('LICENSE');
    for (const { bin } of manifest.spec.platforms) expect(names).toContain(bin);
    expect(names.filter(name => !/^(dist|bin)\//.test(name)).sort()).toEqual([
      'LICENSE',
      'README.md',
      'package.json',
    ]);
  });

  it('has the same bytes when it is packed again', async () => {
    await pack('second');
    const again = await readFile(join(folder, 'second/asa-backup.tar.gz'));
    expect(again.equals(archive)).toBe(true);
  });

  it('runs once it is unpacked, through the link that Krew makes', async () => {
    const store = join(folder, 'store/asa-backup/v1');
    for (const { name, mode, bytes } of entries) {
      await mkdir(dirname(join(store, name)), { recursive: true });
      await writeFile(join(store, name), bytes, { mode });
    }
    const link = join(folder, 'kubectl-asa_backup');
    await symlink(join(store, manifest.spec.platforms[0]?.bin ?? ''), link);
    // The program's first line asks for `node`: this one.
    const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
    expect((await run(link, ['--version'], { env })).stdout).toBe(`${pjson.version}\n`);
    expect((await run(link, ['export', '--help'], { env })).stdout).toContain('export FILE|- [FLAGS]');
  });
});

describe('the build', () => {
  it('has the same bytes every time', async () => {
    const again = join(folder, 'again');
    await run(process.execPath, ['scripts/build.ts', again]);
    expect(await digestsIn(again)).toEqual(await digestsIn('dist'));
  }, 120_000);
});

async function pack(name: string): Promise<void> {
  await run(process.execPath, ['scripts/krew.ts', join(folder, name)]);
}

async function entriesOf(gzipped: Buffer): Promise<Entry[]> {
  const found: Entry[] = [];
  for await (const entry of Readable.from([gzipped]).pipe(createGunzip()).pipe(extract())) {
    const { name, type, mode } = entry.header;
    found.push({ name, type, mode, bytes: await buffer(entry) });
  }
  return found;
}

async function digestsIn(outdir: string): Promise<string[]> {
  const names = (await readdir(outdir)).sort();
  return Promise.all(
    names.map(async name => {
      const bytes = await readFile(join(outdir, name));
      return `${createHash('sha256').update(bytes).digest('hex')}  ${name}`;
    }),
  );
}
