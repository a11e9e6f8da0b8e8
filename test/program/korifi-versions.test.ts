import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareFoundations } from '../../src/sandbox/compare.ts';
import { listAll } from '../../src/sandbox/controllers/list.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { SMALL, type Stage, startStage } from '../support/embedded.ts';
import { runProgram } from '../support/program.ts';

const KORIFI = /^(?:org|space|app|service|domain|route) (?!deployment)/;

/** From the adapter's Korifi and from current Korifi, into current Korifi. (Adapter to adapter is round-trip.test.ts.) */
describe.each(['adapter', 'current'] as const)('a foundation of the %s into current Korifi', korifi => {
  let source: Stage;
  let target: Stage;
  let restore: readonly string[];

  beforeAll(async () => {
    [source, target] = await Promise.all([
      startStage({ name: 'source', landscape: { ...SMALL, korifi } }),
      startStage({ name: 'target', korifi: 'current' }),
    ]);
    const archive = join(source.directory, 'backup.tar');
    const on = (stage: Stage) => ['--kubeconfig', stage.kubeconfigFile];
    const exported = await runProgram(['export', archive, ...on(source), '--plaintext-secrets']);
    expect(exported).toMatchObject({ code: 0 });
    const maps = ['asa/tas-adapter-', 'korifi/'].map(prefix => `${source.registry.host}/${prefix}`);
    const to = `${target.registry.host}/korifi/`;
    restore = [
      'restore',
      archive,
      ...on(target),
      '--yes',
      '-o',
      'json',
      '--wait-timeout',
      '30s',

      '--no-installation',
      ...maps.flatMap(from => ['--registry-map', `${from}=${to}`]),
      ...['--registry-map', `${source.registry.host}/=${target.registry.host}/`],
    ];
  }, 60_000);
  afterAll(() => Promise.all([source?.stop(), target?.stop()]));

  it('comes back whole, with nothing staged, no task run and nothing collected', async () => {
    const { stdout, stderr, code } = await runProgram(restore);
    const { losses, differs } = JSON.parse(stdout || '{}');
    expect({ losses, differs, code }, stderr).toEqual({ losses: [], differs: [], code: 0 });
    await target.settle();
    expect(target.activity.entries).toEqual([]);
    const { differences, problems } = await compareFoundations(source, target);
    const ofKorifi = differences.filter(({ subject }) => KORIFI.test(subject));
    expect(ofKorifi).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('has every droplet where current Korifi looks for it', async () => {
    const label = 'korifi.cloudfoundry.org/build-state';
    for (const build of await listAll(target.cluster, KINDS.CFBuild)) {
      expect([build.metadata.name, build.metadata.labels?.[label]]).toEqual([
        build.metadata.name,
        build.status.state,
      ]);
    }
  });

  it('changes nothing when it is restored again', async () => {
    const { code, stdout } = await runProgram(restore);
    const { objects, differs } = JSON.parse(stdout);
    expect({ code, differs }).toEqual({ code: 0, differs: [] });
    const outcomes = Object.values(objects).flatMap(counts => Object.keys(counts as object));
    expect([...new Set(outcomes)]).toEqual(['unchanged']);
  });
});
