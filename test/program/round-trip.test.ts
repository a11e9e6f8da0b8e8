import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listAll } from '../../src/sandbox/controllers/list.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { SMALL, type Stage, startStage } from '../support/embedded.ts';
import { runProgram, runRaw } from '../support/program.ts';

describe('a foundation and its archive', () => {
  let source: Stage;
  let target: Stage;
  let archive: string;
  let map: string;

  beforeAll(async () => {
    [source, target] = await Promise.all([
      startStage({ name: 'source', landscape: SMALL }),
      startStage({ name: 'target' }),
    ]);
    archive = join(source.directory, 'backup.tar');
    map = `${source.registry.host}/=${target.registry.host}/`;
  }, 60_000);
  afterAll(() => Promise.all([source?.stop(), target?.stop()]));

  const on = (stage: Stage) => ['--kubeconfig', stage.kubeconfigFile];

  it('is exported whole, into a file that only its owner reads', async () => {
    const { code, stdout, stderr } = await runProgram([
      'export',
      archive,
      ...on(source),
      '--plaintext-secrets',
    ]);
    expect({ code, last: stdout.trimEnd().split('\n').at(-1) }).toEqual({
      code: 0,
      last: `exported to ${archive}, nothing is missing`,
    });
    expect(stderr).toMatch(/^plan: \d+ image references/m);
    expect((await stat(archive)).mode & 0o777).toBe(0o600);
  });

  it('has the same bytes every time, through a pipe too, when it is told the time', async () => {
    const env = { SOURCE_DATE_EPOCH: '1700000000' };
    const again = join(source.directory, 'again.tar');
    const written = await runProgram(['export', again, ...on(source), '--plaintext-secrets'], { env });
    const piped = await runRaw(['export', '-', ...on(source), '--plaintext-secrets'], { env });
    expect([written.code, piped.code]).toEqual([0, 0]);
    expect(piped.stdout.equals(await readFile(again))).toBe(true);
  });

  it('shows what is inside without being read whole', async () => {
    const { code, stdout } = await runProgram(['inspect', archive, '-o', 'json']);
    const { orgs, objects, losses, source: facts } = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(orgs.map((org: { name: string }) => org.name)).toEqual(['data-platform', 'payments', 'retail']);
    expect(objects.CFApp).toBe(9);
    expect(losses).toEqual([]);
    expect(facts.rootNamespace).toBe('cf');
  });

  it('is intact', async () => {
    const { code, stdout } = await runProgram(['verify', archive]);
    expect({ code, last: stdout.trimEnd().split('\n').at(-1) }).toEqual({
      code: 0,
      last: `${archive} is intact, nothing is missing`,
    });
  });

  it('is planned without a write', async () => {
    const before = target.server.storage.revision;
    const { code, stdout } = await runProgram([
      'restore',
      archive,
      ...on(target),
      '--registry-map',
      map,
      '--dry-run',
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain('dry run: nothing was written to target');
    expect(target.server.storage.revision).toBe(before);
  });

  it('comes back through a pipe, with nothing staged and no task run', async () => {
    const args = [
      'restore',
      '-',
      ...on(target),
      '--registry-map',
      map,
      '--yes',
      '--wait-timeout',
      '60s',
      '-o',
      'json',
    ];
    const { code, stdout } = await runProgram(args, { input: await readFile(archive) });
    const result = JSON.parse(stdout);
    expect({ code, losses: result.losses, differs: result.differs }).toEqual({
      code: 0,
      losses: [],
      differs: [],
    });
    await target.settle();
    expect(target.activity.of('staged')).toEqual([]);
    expect(target.activity.of('task-run')).toEqual([]);
    expect(target.activity.of('image-deleted')).toEqual([]);
    expect(target.activity.of('collected')).toEqual([]);
  });

  it.each([
    ['CFApp', 'envSecretName'],
    ['CFServiceInstance', 'secretName'],
  ] as const)(
    'has the secrets of every %s go with it, as no controller would see to',
    async (kind, field) => {
      const owners = async ({ cluster }: Stage) => {
        const objects = await listAll(cluster, KINDS[kind]);
        return Promise.all(
          objects.map(async ({ metadata, spec }) => {
            const secret = await cluster.get(KINDS.Secret, metadata.namespace, spec[field]);
            const isOwned = secret?.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid);
            return `${metadata.name} ${isOwned}`;
          }),
        );
      };
      const restored = (await owners(target)).sort();
      expect(restored).toEqual((await owners(source)).sort());
      expect(restored[0]).toMatch(/ true$/);
    },
  );

  it('changes nothing when it is restored again', async () => {
    const args = ['restore', archive, ...on(target), '--registry-map', map, '--yes', '-o', 'json'];
    const { code, stdout } = await runProgram(args);
    const { objects, differs, images } = JSON.parse(stdout);
    expect({ code, differs }).toEqual({ code: 0, differs: [] });
    expect([...new Set(Object.values(objects).flatMap(outcomes => Object.keys(outcomes as object)))]).toEqual(
      ['unchanged'],
    );
    expect(images.moved).toBe(0);
  });

  it('leaves alone and reports what is there and differs', async () => {
    const { cluster } = target;
    const surface = await cluster.discover();
    const routes = surface.find('korifi.cloudfoundry.org', 'CFApp', ['v1alpha1']);
    if (routes === undefined) throw new Error('the target serves CFApp');
    const [[app] = []] = await Array.fromAsync(cluster.list(routes));
    if (app === undefined) throw new Error('the target has an app');
    const { namespace, name } = app.metadata;
    await cluster.patch(routes, namespace, name, {
      type: 'merge',
      body: { metadata: { labels: { team: 'mine' } }, spec: { displayName: 'renamed' } },
    });
    const args = ['restore', archive, ...on(target), '--registry-map', map, '--yes', '-o', 'json'];
    const { differs } = JSON.parse((await runProgram(args)).stdout);
    expect(differs).toEqual([
      {
        subject: `CFApp ${namespace}/${name}`,
        paths: ['spec.displayName'],
        fields: [{ path: 'spec.displayName', archive: app.spec.displayName, cluster: 'renamed' }],
      },
    ]);
    expect((await cluster.get(routes, namespace, name))?.spec.displayName).toBe('renamed');
  });
});
