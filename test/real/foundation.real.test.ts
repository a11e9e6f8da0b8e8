import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { View } from '../../src/sandbox/compare/view.ts';
import { compareFoundations } from '../../src/sandbox/compare.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { dockerConfig, throughKubectl } from '../support/kubectl-plugin.ts';
import { runProgram } from '../support/program.ts';
import { type RealFoundation, startRealFoundation } from '../support/real-foundation.ts';
import { dropletsOf, snapshot } from '../support/real-view.ts';

/** The garbage collector notices a new kind within 30 s; by then it has judged everything. */
const COLLECTOR_MS = 35_000;

describe('a foundation on real servers', () => {
  const login = { username: 'tap', password: 'correct-horse-battery' };
  const landscape = { seed: 'real', apps: 16, appBytes: 4096 };
  let source: RealFoundation;
  let target: RealFoundation;
  let archive: string;
  let identity: string;
  let restoredAt: number;
  /** Everything on the target after the restore. */
  let restored: Map<string, { uid: string; resourceVersion: string }>;

  beforeAll(async () => {
    [source, target] = await Promise.all([
      startRealFoundation({ name: 'source', landscape, login }),
      startRealFoundation({ name: 'target', login }),
    ]);
    archive = join(source.testbed.directory, 'backup.tar');
    identity = join(source.testbed.directory, 'identity.txt');
  });
  afterAll(() => Promise.all([source?.stop(), target?.stop()]));

  async function restore(...flags: string[]) {
    const { registry, testbed } = target;
    const map = `${source.registry.host}/=${registry.host}/`;
    const DOCKER_CONFIG = await dockerConfig(testbed, registry.host, login);
    const args = ['restore', archive, '--kubeconfig', testbed.kubeconfig, '--identity', identity];
    const all = [...args, '--registry-map', map, '-o', 'json', '--wait-timeout', '60s', ...flags];
    const { code, stdout, stderr } = await runProgram(all, { env: { DOCKER_CONFIG } });
    return { code, stderr, result: JSON.parse(stdout) };
  }

  it('is exported by kubectl asa-backup, with the registry logins that it holds itself', async () => {
    const secret = await generateX25519Identity();
    await writeFile(identity, `${secret}\n`);
    const { code, stdout, stderr } = await throughKubectl(source.testbed, [
      ...['export', archive, '--kubeconfig', source.testbed.kubeconfig],
      ...['--recipient', await identityToRecipient(secret), '-o', 'json'],
    ]);
    expect(code, stderr).toBe(0);
    const { losses, secrets, objects } = JSON.parse(stdout);
    expect({ losses, secrets, apps: objects.CFApp }).toEqual({ losses: [], secrets: 'age', apps: 16 });
  });

  it('is planned without a write', async () => {
    const before = await snapshot(target.cluster);
    const { code, result } = await restore('--dry-run');
    expect({ code, dryRun: result.dryRun }).toEqual({ code: 0, dryRun: true });
    expect(await snapshot(target.cluster)).toEqual(before);
  });

  it('comes back on servers that have nothing but Carvel and kpack', async () => {
    const { code, result, stderr } = await restore('--yes');
    expect({ code, losses: result.losses, differs: result.differs }, stderr).toEqual({
      code: 0,
      losses: [],
      differs: [],
    });
    await target.settle();
    restoredAt = Date.now();
    restored = await snapshot(target.cluster);
  });

  it('is the same for its users, and sound', async () => {
    const { differences, problems, same } = await compareFoundations(source, target);
    expect({ differences, problems }).toEqual({ differences: [], problems: [] });
    expect(same.get('app')).toBe(16);
  });

  it('has staged nothing and run no task, as the API server itself recorded', async () => {
    const made = (await target.audit.writes()).filter(({ verb }) => verb === 'create');
    const forbidden = ['buildworkloads', 'builds', 'taskworkloads', 'jobs'];
    expect(made.filter(({ resource }) => forbidden.includes(resource))).toEqual([]);
    expect(made.filter(({ resource }) => resource === 'cfapps')).toHaveLength(16);
  });

  it('has every droplet in the target registry, under the digest that it had', async () => {
    const before = dropletsOf(await View.of(source.cluster), source.registry.host);
    const after = dropletsOf(await View.of(target.cluster), target.registry.host);
    expect(after.size).toBeGreaterThan(16);
    expect(after).toEqual(before);
    for (const droplet of after)
      expect(await target.images.has(`${target.registry.host}/${droplet}`)).toBe(true);
  });

  it('holds one name for each object that has one', async () => {
    const names = async ({ cluster }: RealFoundation) =>
      (await View.of(cluster))
        .all(KINDS.Lease)
        .filter(({ metadata }) => metadata.name.startsWith('n-'))
        .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
        .sort();
    expect(await names(target)).toEqual(await names(source));
  });

  it('changes nothing when it is restored again', async () => {
    const { code, result } = await restore('--yes');
    const outcomes = Object.values<object>(result.objects).flatMap(counts => Object.keys(counts));
    expect({ code, outcomes: [...new Set(outcomes)] }).toEqual({ code: 0, outcomes: ['unchanged'] });
    expect(result.images.moved).toBe(0);
    expect(await snapshot(target.cluster)).toEqual(restored);
  });

  it('loses nothing to the garbage collector', async () => {
    await sleep(Math.max(0, restoredAt + COLLECTOR_MS - Date.now()));
    const uids = (objects: typeof restored) => new Map([...objects].map(([key, { uid }]) => [key, uid]));
    expect(uids(await snapshot(target.cluster))).toEqual(uids(restored));
    const deleted = (await target.audit.writes()).filter(({ verb, code }) => verb !== 'create' && code < 300);
    expect(deleted.filter(({ userAgent }) => userAgent.includes('garbage-collector'))).toEqual([]);
  });

  it('reports what is there and differs, and leaves it alone', async () => {
    const [process] = (await View.of(target.cluster)).all(KINDS.CFProcess);
    const { namespace = '', name = '' } = process?.metadata ?? {};
    const body = { spec: { desiredInstances: 9 } };
    const kind = KINDS.CFProcess;
    const scaled = await target.cluster.patch(kind, namespace, name, { type: 'merge', body });
    const { result } = await restore('--yes');
    expect(result.differs).toEqual([
      { subject: `CFProcess ${namespace}/${name}`, paths: ['spec.desiredInstances'] },
    ]);
    expect((await target.cluster.get(kind, namespace, name))?.metadata.generation).toBe(
      scaled.metadata.generation,
    );
  });
});
