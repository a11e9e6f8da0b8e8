import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { load } from 'js-yaml';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pjson from '../../package.json' with { type: 'json' };
import {
  executableHere,
  PLATFORMS,
  platformHere,
  platformName,
  programName,
} from '../../scripts/release/platforms.ts';
import { startStage, TINY } from '../support/embedded.ts';
import { documentation } from '../support/markdown.ts';
import { program } from '../testbed/programs.ts';

const run = promisify(execFile);
const RELEASE = resolve('release');
const PROGRAM = executableHere();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asa-backup-release-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What the dynamic linker, the C library and OpenSSL read of any program. */
const SYSTEM =
  /^\/(lib|lib64|usr\/lib|usr\/share\/locale|proc|sys|dev)\/|^\/etc\/(ld\.so\.|ssl\/openssl\.cnf)/;

/** How the files of each system begin, and which processor they say they are for. */
const FORMATS: Record<string, (head: Buffer) => boolean> = {
  'linux-amd64': head => head.readUInt32BE(0) === 0x7f454c46 && head.readUInt16LE(18) === 0x3e,
  'linux-arm64': head => head.readUInt32BE(0) === 0x7f454c46 && head.readUInt16LE(18) === 0xb7,
  'darwin-amd64': head => head.readUInt32LE(0) === 0xfeedfacf && head.readUInt32LE(4) === 0x01000007,
  'darwin-arm64': head => head.readUInt32LE(0) === 0xfeedfacf && head.readUInt32LE(4) === 0x0100000c,
  'windows-amd64': head => {
    const at = head.readUInt32LE(0x3c);
    return head.toString('latin1', at, at + 2) === 'PE' && head.readUInt16LE(at + 4) === 0x8664;
  },
};

describe.each(PLATFORMS.map(platform => ({ name: platformName(platform), platform })))(
  'the executable for $name',
  ({ name, platform }) => {
    const path = join(RELEASE, name, programName(platform));

    it('has the format of its system and processor', () => {
      const head = Buffer.alloc(4096);
      readSync(openSync(path, 'r'), head);
      expect(FORMATS[name]?.(head)).toBe(true);
    });

    it('holds the same program as all others', async () => {
      const modules = (await readdir('dist')).filter(file => file.endsWith('.mjs'));
      const bytes = await readFile(path);
      const missing = modules.filter(file => !bytes.includes(readFileSync(join('dist', file))));
      expect(missing).toEqual([]);
    });
  },
);

const SYSROOT = '/usr/aarch64-linux-gnu';
const canEmulate = existsSync('/usr/bin/qemu-aarch64-static') && existsSync(`${SYSROOT}/lib/libatomic.so.1`);

// Where there is no emulator, .ci/run has not installed one: the test shows as skipped.
describe.runIf(canEmulate)('the executable for linux-arm64, in an emulator', { timeout: 60_000 }, () => {
  const emulated = (...args: string[]) =>
    run('/usr/bin/qemu-aarch64-static', [
      '-L',
      SYSROOT,
      join(RELEASE, 'linux-arm64/kubectl-asa_backup'),
      ...args,
    ]);

  it('runs, and shows the help that the one for this machine shows', async () => {
    expect((await emulated('--version')).stdout).toBe(`${pjson.version}\n`);
    expect((await emulated('export', '--help')).stdout).toBe(
      (await run(PROGRAM, ['export', '--help'])).stdout,
    );
  });

  it('lists a foundation', async () => {
    const stage = await startStage({ name: 'source', landscape: TINY });
    const list = ['list', '--kubeconfig', stage.kubeconfigFile];
    expect((await emulated(...list)).stdout).toBe((await run(PROGRAM, list)).stdout);
    await stage.stop();
  });
});

describe('the executable for this machine', () => {
  it('is under 130 MB', async () => {
    expect((await stat(PROGRAM)).size).toBeLessThan(130_000_000);
  });

  it('runs without Node, npm or a home that may be written to', async () => {
    const link = join(folder, 'kubectl-asa_backup');
    await symlink(PROGRAM, link);
    const env = { PATH: '/nonexistent', HOME: '/nonexistent' };
    expect((await run(link, ['--version'], { env })).stdout).toBe(`${pjson.version}\n`);
    expect((await run(link, ['export', '--help'], { env })).stdout).toContain('export FILE|- [options]');
    const demo = await run(link, ['demo', '--apps', '3', '--quiet'], { env: { ...env, TMPDIR: folder } });
    expect(demo.stdout).toContain('the restored foundation is the same');
  });

  it("shows help without the network, and without any file but itself and the system's", async () => {
    const log = join(folder, 'strace.txt');
    const env = { PATH: '/nonexistent', HOME: folder };
    await run('/usr/bin/strace', ['-f', '-o', log, '-e', 'trace=%network,open,openat', PROGRAM, '--help'], {
      env,
    });
    const calls = (await readFile(log, 'utf8')).split('\n').filter(line => /\) += \d/.test(line));
    const files = calls.flatMap(line => /open(?:at)?\([^"]*"([^"]*)"/.exec(line)?.[1] ?? []);
    expect(files).toContain(PROGRAM);
    expect(files.filter(file => file !== PROGRAM && !SYSTEM.test(file))).toEqual([]);
    expect(calls.filter(line => /\b(socket|connect|bind)\(/.test(line) && !/AF_UNIX/.test(line))).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('needs the libraries that are told of, and no others', async () => {
    const { stdout } = await run('readelf', ['--dynamic', '--version-info', '--wide', PROGRAM]);
    const needed = [...stdout.matchAll(/\(NEEDED\).*\[(.*?)\.so/g)].map(([, name = '']) => name);
    const ofGlibc = /^(libc|libm|libdl|libpthread|ld-linux-.*)$/;
    expect(needed.filter(name => !ofGlibc.test(name)).sort()).toEqual(['libatomic', 'libgcc_s', 'libstdc++']);
    const versions = [...stdout.matchAll(/Name: GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
    const page = await readFile('docs/installing.md', 'utf8');
    expect(page).toContain(`glibc 2.${Math.max(...versions)} or newer`);
  });

  it('has the same bytes when it is made again', async () => {
    const out = join(folder, 'again');
    const name = platformName(platformHere());
    await run(process.execPath, ['scripts/release.ts', '--out', out, '--platform', name]);
    expect(await sha256(join(out, name, 'kubectl-asa_backup'))).toBe(await sha256(PROGRAM));
  });
});

describe('a release', () => {
  it.runIf(platformName(platformHere()) === 'linux-amd64')(
    'is installed as docs/installing.md says',
    async () => {
      const page = documentation().find(({ path }) => path === 'docs/installing.md');
      const script = page?.fences.filter(({ note }) => note === 'release').map(({ text }) => text);
      const place = join(folder, 'download');
      await cp(RELEASE, place, {
        recursive: true,
        filter: path => path === RELEASE || /\.(gz|json|md|txt|yaml)$|SUMS$/.test(path),
      });
      const env = { HOME: folder, PATH: [dirname(program('kubectl')), '/usr/bin', '/bin'].join(delimiter) };
      const { stdout } = await run('bash', ['-euc', script?.join('\n') ?? 'false'], { cwd: place, env });
      expect(stdout).toContain('asa-backup-windows-amd64.tar.gz: OK');
      expect(stdout).toContain(join(folder, '.local/bin/kubectl-asa_backup'));
      expect(stdout.trimEnd().split('\n').at(-1)).toBe(`v${pjson.version}`);
    },
  );

  it('has checksums of all its files, which are right', async () => {
    await run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: RELEASE });
    const listed = (await readFile(join(RELEASE, 'SHA256SUMS'), 'utf8')).match(/[^ ]+(?=\n)/g);
    const packed = (await readdir(RELEASE)).filter(file => /\.(tar\.gz|json|md|txt|yaml)$/.test(file));
    expect(packed.filter(file => !listed?.includes(file))).toEqual([]);
  });

  it('has manual pages that man shows without a complaint', async () => {
    const pages = await readdir(join(RELEASE, 'man', 'man1'));
    expect(pages).toContain('kubectl-asa_backup.1');
    expect(pages).toContain('kubectl-asa_backup-restore.1');
    for (const page of pages) {
      const file = join(RELEASE, 'man', 'man1', page);
      const { stdout, stderr } = await run('groff', ['-man', '-Tutf8', '-ww', '-K', 'utf8', file]);
      expect({ page, stderr }).toEqual({ page, stderr: '' });
      expect(stdout).toContain(pjson.version);
    }
    const packed = await entriesOf(join(RELEASE, 'asa-backup-man.tar.gz'));
    expect(packed).toEqual(pages.sort().map(page => `file 644 man1/${page}`));
  });

  it('has notes: what the changelog says of this version, and of what came since', async () => {
    const notes = await readFile(join(RELEASE, 'RELEASE_NOTES.md'), 'utf8');
    const changelog = await readFile('CHANGELOG.md', 'utf8');
    const entries = (text: string) => text.match(/^- .*$/gm) ?? [];
    expect(entries(changelog).length).toBeGreaterThan(10);
    expect(entries(notes)).toEqual(entries(changelog));
    expect(notes).not.toContain('Unreleased');
    expect(notes).toContain('codesign --sign -');
  });

  it('names every package that is inside, with its licence', async () => {
    const bill = JSON.parse(await readFile(join(RELEASE, 'asa-backup.cdx.json'), 'utf8'));
    expect([bill.bomFormat, bill.specVersion]).toEqual(['CycloneDX', '1.6']);
    const names = bill.components.map(({ name }: { name: string }) => name);
    for (const name of ['node', 'undici', 'ink', 'react', 'age-encryption', '@oclif/core']) {
      expect(names).toContain(name);
    }
    const unlicensed = bill.components.filter(
      ({ licenses }: { licenses: { expression: string }[] }) =>
        !/^[\w.() -]+$/.test(licenses[0]?.expression ?? ''),
    );
    expect(unlicensed).toEqual([]);
    const texts = await readFile(join(RELEASE, 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const { name, version } of bill.components) expect(texts).toContain(`${name} ${version} (`);
  });
});

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: {
    version: string;
    homepage: string;
    shortDescription: string;
    description: string;
    platforms: { selector: { matchLabels: object }; uri: string; sha256: string; bin: string }[];
  };
}

/** What Krew's own checks look at (pkg/index/types.go, internal/index/validation, cmd/validate-krew-manifest). */
describe('the Krew manifest', () => {
  const manifest = () => load(readFileSync(join(RELEASE, 'plugin.yaml'), 'utf8')) as Manifest;

  it('is one that Krew takes', () => {
    const { apiVersion, kind, metadata, spec } = manifest();
    expect([apiVersion, kind]).toEqual(['krew.googlecontainertools.github.com/v1alpha2', 'Plugin']);
    expect(metadata.name).toBe('asa-backup');
    expect(spec.version).toBe(`v${pjson.version}`);
    expect(spec.homepage).toMatch(/^https:\/\//);
    expect(spec.shortDescription).toMatch(/^[^\n]{1,60}$/);
    expect(spec.description).not.toBe('');
  });

  it('names each platform once, by operating system and architecture alone', () => {
    expect(manifest().spec.platforms.map(({ selector }) => selector)).toEqual(
      PLATFORMS.map(({ os, arch }) => ({ matchLabels: { os, arch } })),
    );
  });

  it('has the digests of the archives beside it', async () => {
    for (const { uri, sha256: digest } of manifest().spec.platforms) {
      expect(uri).toContain(`/v${pjson.version}/`);
      expect(await sha256(join(RELEASE, uri.split('/').at(-1) ?? ''))).toBe(digest);
    }
  });

  it('stands in the project as it is made, but for the digests of the last release', () => {
    const withoutDigests = (path: string) => readFileSync(path, 'utf8').replace(/[a-f0-9]{64}/g, '…');
    expect(withoutDigests('plugin.yaml')).toBe(withoutDigests(join(RELEASE, 'plugin.yaml')));
  });

  it('goes with archives of regular files: the program, which may be run, and the licences', async () => {
    for (const { uri, bin } of manifest().spec.platforms) {
      const entries = await entriesOf(join(RELEASE, uri.split('/').at(-1) ?? ''));
      expect(entries).toEqual([`file 755 ${bin}`, 'file 644 LICENSE', 'file 644 THIRD-PARTY-LICENSES.txt']);
    }
  });
});

async function entriesOf(path: string): Promise<string[]> {
  const entries: string[] = [];
  const tar = extract();
  tar.on('entry', ({ name, type, mode = 0 }, stream, next) => {
    entries.push(`${type} ${mode.toString(8)} ${name}`);
    stream.on('end', next).resume();
  });
  await pipeline(createReadStream(path), createGunzip(), tar);
  return entries;
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
