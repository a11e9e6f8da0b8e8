import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { digestOf } from '../../src/base/digest.ts';
import { View } from '../../src/sandbox/compare/view.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import type { RealStage } from '../support/real-stage.ts';
import { dropletsOf } from '../support/real-view.ts';
import { program } from '../testbed/programs.ts';

const run = promisify(execFile);
const documented = await readFile('docs/format.md', 'utf8');

/** The lines of shell that docs/format.md gives to people, by the name of their block. */
function block(name: string): string {
  const lines = new RegExp(`^\`\`\`sh ${name}\\n(.*?)^\`\`\``, 'ms').exec(documented)?.[1];
  if (lines === undefined) throw new Error(`docs/format.md has no block ${name}`);
  return lines;
}

/** Other people's programs on the archive of a real foundation, and on what a restore pushed. */
export function readers(stage: () => RealStage): void {
  describe('the archive, to those who do not have this program', () => {
    let folder: string;

    async function shell(name: string, env: Record<string, string> = {}): Promise<string> {
      const { archive, identity } = stage();
      const cwd = name === 'read' ? folder : join(folder, 'backup');
      const all = { ...process.env, ARCHIVE: archive, IDENTITY: identity, ...env };
      return (await run('bash', ['-e', '-o', 'pipefail', '-c', block(name)], { cwd, env: all })).stdout;
    }

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'asa-backup-readers-'));
      await shell('read');
    });
    afterAll(() => rm(folder, { recursive: true }));

    it('lists its apps with tar, zstd and jq', async () => {
      const apps = (await View.of(stage().source.cluster)).all(KINDS.CFApp);
      const names = (await shell('resources')).trimEnd().split('\n');
      expect(names.sort()).toEqual(apps.map(({ spec }) => spec.displayName).sort());
    });

    it('gives its secrets to age, and to nobody without the identity', async () => {
      const secrets = (await shell('recipients'))
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line));
      const [app] = (await View.of(stage().source.cluster)).all(KINDS.CFApp);
      const env = secrets.find(({ metadata }) => metadata.name === app?.spec.envSecretName);
      expect(Buffer.from(env.data.LOG_LEVEL, 'base64').toString()).toBe('info');
      await expect(shell('recipients', { IDENTITY: '/dev/null' })).rejects.toThrow();
    });

    it('is whole as sha256sum sees it', async () => {
      expect(await shell('check')).toBe('the seal holds\n');
    });

    it('is enough for regctl to put a droplet into a registry', async () => {
      const { source, target, logins } = stage();
      const [droplet = ''] = dropletsOf(await View.of(source.cluster), source.registry.host);
      const digest = droplet.split('@')[1];
      const copy = `${target.registry.host}/by-hand/droplet:copy`;
      const args = [...plainHttp(target.registry.host), 'image', 'copy', `ocidir://backup@${digest}`, copy];
      await run(program('regctl'), args, { cwd: folder, env: { ...process.env, DOCKER_CONFIG: logins } });
      expect((await target.images.manifest(copy))?.digest).toBe(digest);
    });
  });

  describe('what was pushed, to other clients of the registry', () => {
    const env = () => ({ ...process.env, DOCKER_CONFIG: stage().logins });

    it('is whole to crane: every layer of every droplet', async () => {
      const { target } = stage();
      for (const droplet of dropletsOf(await View.of(target.cluster), target.registry.host)) {
        const reference = `${target.registry.host}/${droplet}`;
        await run(program('crane'), ['validate', '--insecure', '--remote', reference], { env: env() });
      }
    });

    it('has, to regctl, the bytes of the manifests at the source', async () => {
      const { source, target } = stage();
      const { host } = target.registry;
      for (const droplet of dropletsOf(await View.of(target.cluster), host)) {
        const args = [...plainHttp(host), 'manifest', 'get', `${host}/${droplet}`];
        const { stdout } = await run(program('regctl'), [...args, '--format', 'raw-body'], { env: env() });
        const digest = (await source.images.manifest(`${source.registry.host}/${droplet}`))?.digest;
        expect(digestOf(stdout)).toBe(digest);
      }
    });

    it('is an image that skopeo copies', async () => {
      const { target, logins } = stage();
      const { host } = target.registry;
      const [droplet = ''] = dropletsOf(await View.of(target.cluster), host);
      const folder = await mkdtemp(join(tmpdir(), 'asa-backup-skopeo-'));
      onTestFinished(() => rm(folder, { recursive: true }));
      const access = ['--src-tls-verify=false', '--src-authfile', join(logins, 'config.json')];
      await run('skopeo', [
        'copy',
        '--insecure-policy',
        ...access,
        `docker://${host}/${droplet}`,
        `dir:${folder}`,
      ]);
      expect(digestOf(await readFile(join(folder, 'manifest.json')))).toBe(droplet.split('@')[1]);
    });

    it('has the tags that Korifi deletes a package by', async () => {
      const { target } = stage();
      for (const { metadata, spec } of (await View.of(target.cluster)).all(KINDS.CFPackage)) {
        const [repository, digest] = spec.source.registry.image.split('@');
        const args = ['digest', '--insecure', `${repository}:${metadata.name}`];
        expect((await run(program('crane'), args, { env: env() })).stdout.trim()).toBe(digest);
      }
    });
  });
}

/** For regctl, which otherwise expects TLS. */
function plainHttp(host: string): string[] {
  return ['--host', `reg=${host},tls=disabled`];
}
