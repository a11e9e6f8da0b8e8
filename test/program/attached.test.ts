import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Descriptor } from '../../src/registry/descriptor.ts';
import { cosignTag, pusher } from '../registry/artifacts.ts';
import { client } from '../registry/setting.ts';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { runProgram } from '../support/program.ts';

describe('signatures of a droplet', () => {
  let source: Stage;
  let target: Stage;
  let path: string;
  let droplet: Descriptor;
  let signature: Descriptor;
  let sbom: Descriptor;

  beforeAll(async () => {
    [source, target] = await Promise.all([
      startStage({ name: 'source', landscape: TINY }),
      startStage({ name: 'target' }),
    ]);
    const { registries } = client();
    const builds = await listBuilds(source);
    const reference = builds.find(text => text !== undefined) ?? '';
    path = reference.slice(reference.indexOf('/') + 1, reference.indexOf('@'));
    const push = pusher(registries, source.registry.host, path);
    const digest = reference.slice(reference.indexOf('@') + 1);
    droplet = (await registries.manifest({ ...push.repository, digest: digest as Descriptor['digest'] }))
      .descriptor;
    signature = await push.image({ layers: ['signature'], tag: cosignTag(droplet, 'sig') });
    sbom = await push.image({ layers: ['sbom'], subject: droplet, artifactType: 'application/spdx+json' });
  }, 120_000);
  afterAll(() => Promise.all([source?.stop(), target?.stop()]));

  async function exported(name: string, ...flags: string[]) {
    const archive = join(source.directory, name);
    const args = ['export', archive, '--kubeconfig', source.kubeconfigFile, '--plaintext-secrets', ...flags];
    const { code, stdout } = await runProgram(args);
    const inspected = JSON.parse((await runProgram(['inspect', archive, '-o', 'json'])).stdout);
    return { archive, code, stdout, inspected };
  }

  it('come along and are restored with it, counted beside the images', async () => {
    const { archive, code, stdout, inspected } = await exported('backup.tar');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^attached +2 artifacts/m);
    expect(inspected.attached.count).toBe(2);
    expect(inspected.images.map(({ reference }: { reference: string }) => reference).join()).not.toContain(
      '.sig',
    );
    expect((await runProgram(['verify', archive])).code).toBe(0);
    const map = `${source.registry.host}/=${target.registry.host}/`;
    const on = ['--kubeconfig', target.kubeconfigFile, '--registry-map', map, '--yes'];
    const restored = () => runProgram(['restore', archive, ...on]);
    const there = () => [signature, sbom].map(({ digest }) => target.registry.has(path, digest));
    target.faults.registry({
      ...{ kind: 'status', status: 400, body: '{"errors":[{"code":"MANIFEST_INVALID"}]}' },
      on: new RegExp(`PUT .*/manifests/${sbom.digest}`),
    });
    const refused = await restored();
    expect(refused).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/lost:\n.*the target's registry does not take it/s),
    });
    expect(there()).toEqual([true, false]);
    expect(target.registry.tags(path)).toContain(cosignTag(droplet, 'sig'));
    target.faults.clear();
    expect((await restored()).code).toBe(0);
    expect(there()).toEqual([true, true]);
  }, 180_000);

  it('stay behind with --no-attached', async () => {
    const { code, inspected } = await exported('without.tar', '--no-attached');
    expect({ code, attached: inspected.attached }).toEqual({ code: 0, attached: { count: 0, bytes: 0 } });
  }, 180_000);
});

/** The droplets of a foundation's builds, by digest. */
async function listBuilds({ cluster }: Stage): Promise<(string | undefined)[]> {
  const surface = await cluster.discover();
  const resource = surface.find('korifi.cloudfoundry.org', 'CFBuild', ['v1alpha1']);
  if (resource === undefined) throw new Error('the source serves CFBuild');
  const pages = await Array.fromAsync(cluster.list(resource));
  return pages.flat().map(build => build.status?.droplet?.registry?.image as string | undefined);
}
