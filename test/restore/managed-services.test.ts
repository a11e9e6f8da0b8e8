import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SandboxBroker, startBroker } from '../../src/sandbox/broker/server.ts';
import { compareFoundations } from '../../src/sandbox/compare.ts';
import { isTrue } from '../../src/sandbox/controllers/conditions.ts';
import { listAll } from '../../src/sandbox/controllers/list.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { credentialsData, credentialsOf } from '../../src/sandbox/korifi/credentials.ts';
import { namespacedUuid } from '../../src/sandbox/korifi/releases.ts';
import { until } from '../../src/sandbox/platform/until.ts';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { runProgram } from '../support/program.ts';

const PLAN = namespacedUuid('broker', 'pg-small');
const CF = 'korifi.cloudfoundry.org/v1alpha1';

/** The source's foundation: an app bound to a managed service, a key of it, and one service that is not ready. */
async function populate({ cluster }: Stage, broker: SandboxBroker): Promise<string> {
  const make = (kind: string, name: string, namespace: string, spec: object) => {
    const resource = KINDS[kind as keyof typeof KINDS];
    return cluster.create(resource, { apiVersion: CF, kind, metadata: { name, namespace }, spec });
  };
  await cluster.create(KINDS.Secret, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'login', namespace: 'cf' },
    type: 'Opaque',
    data: credentialsData(broker.login),
  });
  await make('CFServiceBroker', 'broker', 'cf', {
    name: 'pg',
    url: broker.url,
    credentials: { name: 'login' },
  });
  await until(cluster, KINDS.CFServiceBroker, 'cf', 'broker', made => isTrue(made, 'Ready'));
  const body = { spec: { visibility: { type: 'public' } } };
  await cluster.patch(KINDS.CFServicePlan, 'cf', PLAN, { type: 'merge', body });
  const [app] = (await listAll(cluster, KINDS.CFApp)).filter(({ spec }) => spec.desiredState === 'STARTED');
  const { namespace = '', name: appGuid = '' } = app?.metadata ?? {};
  const managed = { type: 'managed', secretName: '', planGuid: PLAN };
  await make('CFServiceInstance', 'db', namespace, { ...managed, displayName: 'db' });
  await until(cluster, KINDS.CFServiceInstance, namespace, 'db', made => isTrue(made, 'Ready'));
  const bind = (name: string, type: string, appRef: string) =>
    make('CFServiceBinding', name, namespace, {
      type,
      parameters: {},
      appRef: { name: appRef },
      service: { apiVersion: CF, kind: 'CFServiceInstance', name: 'db' },
      displayName: name,
    });
  await bind('bound', 'app', appGuid);
  await bind('key', 'key', '');
  for (const name of ['bound', 'key'])
    await until(cluster, KINDS.CFServiceBinding, namespace, name, made => isTrue(made, 'Ready'));
  const lost = { ...managed, planGuid: namespacedUuid('broker', 'pg-large') };
  await make('CFServiceInstance', 'pending', namespace, { ...lost, displayName: 'pending' });
  return namespace;
}

describe.each(['up', 'down'] as const)('managed services with their broker %s', state => {
  let source: Stage;
  let target: Stage;
  let broker: SandboxBroker;
  let space: string;
  let before: readonly string[];
  let restore: readonly string[];
  let diff: readonly string[];
  /** The journal of the first restore. */
  let made: string;

  beforeAll(async () => {
    broker = await startBroker();
    [source, target] = await Promise.all([
      startStage({ name: 'source', landscape: { ...TINY, korifi: 'current' } }),
      startStage({ name: 'target', korifi: 'current' }),
    ]);
    space = await populate(source, broker);
    const archive = join(source.directory, 'backup.tar');
    const on = (stage: Stage) => ['--kubeconfig', stage.kubeconfigFile];
    await runProgram(['export', archive, ...on(source), '--plaintext-secrets']);
    const map = `${source.registry.host}/=${target.registry.host}/`;
    restore = ['restore', archive, ...on(target), '--yes', '-o', 'json', '--wait-timeout', '20s'];
    restore = [...restore, '--registry-map', map];
    diff = ['diff', archive, ...on(target), '--registry-map', map, '-o', 'json'];
    if (state === 'down') await broker.stop();
    before = [...broker.calls];
  }, 60_000);
  afterAll(() => Promise.all([source?.stop(), target?.stop(), broker?.stop().catch(() => undefined)]));

  const password = async ({ cluster }: Stage, name: string) => {
    const secret = await cluster.get(KINDS.Secret, space, name);
    return secret && credentialsOf(secret)?.password;
  };
  const visibility = async () => (await target.cluster.get(KINDS.CFServicePlan, 'cf', PLAN))?.spec.visibility;

  it('come back without a word to it, with the passwords they had', async () => {
    const { code, stdout, stderr } = await runProgram(restore);
    const { losses, notes, journal } = JSON.parse(stdout || '{}');
    made = journal;
    expect({ code, losses }, stderr).toEqual({ code: 0, losses: [] });
    expect(notes.join('\n')).toContain('pending is left out: it was still in progress');
    for (const name of ['bound', 'key']) {
      const binding = await target.cluster.get(KINDS.CFServiceBinding, space, name);
      expect(binding && isTrue(binding, 'Ready'), name).toBe(true);
    }
    // Those of keys change at the source all the time: Korifi binds them again at every look.
    expect(await password(target, 'bound')).toBe(await password(source, 'bound'));
    expect(await visibility()).toMatchObject({ type: 'public' });
    // Without a broker the controllers do not settle: they go on asking for its catalog.
    if (state === 'up') await target.settle();
    expect(broker.calls.filter(call => !call.includes('key'))).toEqual(
      before.filter(call => !call.includes('key')),
    );
    expect(target.activity.entries).toEqual([]);
    const { differences } = await compareFoundations(source, target);
    expect(differences.filter(({ subject }) => !subject.endsWith('/pending'))).toEqual([]);
  });

  it('are bound by secrets that go with their binding', async () => {
    const binding = await target.cluster.get(KINDS.CFServiceBinding, space, 'bound');
    for (const name of ['bound', 'bound-sbio']) {
      const secret = await target.cluster.get(KINDS.Secret, space, name);
      expect(secret?.metadata.ownerReferences?.[0]?.uid, name).toBe(binding?.metadata.uid);
    }
  });

  it('are unchanged by a second restore', async () => {
    const { stdout } = await runProgram(restore);
    const { differs, objects } = JSON.parse(stdout);
    expect(differs).toEqual([]);
    expect(objects.CFServiceInstance).toEqual({ unchanged: expect.any(Number) });
  });

  it('are as the archive says, plans that everybody sees too', async () => {
    const { code, stdout } = await runProgram(diff);
    expect({ code, different: JSON.parse(stdout).different }).toEqual({ code: 0, different: [] });
  });

  it('are taken back without a word to it, also where somebody has bound one since', async () => {
    const { cluster } = target;
    const on = ['--kubeconfig', target.kubeconfigFile, '--yes', '-o', 'json', '--wait-timeout', '20s'];
    const there = async (name: string) =>
      (await cluster.get(KINDS.CFServiceBinding, space, name)) !== undefined;
    const about = () => broker.calls.filter(call => / (?:db|bound)$/.test(call));
    const before = about();
    if (state === 'up') {
      await cluster.create(KINDS.CFServiceBinding, {
        apiVersion: CF,
        kind: 'CFServiceBinding',
        metadata: { name: 'theirs', namespace: space },
        spec: {
          type: 'key',
          parameters: {},
          appRef: { name: '' },
          service: { apiVersion: CF, kind: 'CFServiceInstance', name: 'db' },
        },
      });
      await until(cluster, KINDS.CFServiceBinding, space, 'theirs', bound => isTrue(bound, 'Ready'));
      const kept = await runProgram(['undo', made, ...on]);
      expect(kept.code, kept.stderr).toBe(3);
      expect(JSON.parse(kept.stdout).losses.map(({ subject }: { subject: string }) => subject)).toContain(
        `CFServiceInstance ${space}/db`,
      );
      expect([await there('bound'), await there('theirs')]).toEqual([false, true]);
      await cluster.delete(KINDS.CFServiceBinding, space, 'theirs');
      await expect.poll(() => there('theirs'), { timeout: 10_000 }).toBe(false);
    }
    const { code, stdout, stderr } = await runProgram(['undo', made, ...on]);
    expect({ code, losses: JSON.parse(stdout || '{}').losses }, stderr).toEqual({ code: 0, losses: [] });
    for (const kind of [
      'CFServiceInstance',
      'CFServicePlan',
      'CFServiceOffering',
      'CFServiceBroker',
    ] as const)
      expect(await listAll(cluster, KINDS[kind]), kind).toEqual([]);
    expect(about()).toEqual(before);
    expect((await runProgram(restore)).code).toBe(0);
  });

  it('are not made where their plan can be seen, nor bound where they are', async () => {
    const { cluster } = target;
    await cluster.patch(KINDS.CFServiceInstance, space, 'db', {
      type: 'merge',
      body: { metadata: { annotations: { 'korifi.cloudfoundry.org/deprovision-without-broker': 'true' } } },
    });
    await cluster.delete(KINDS.CFServiceBinding, space, 'bound');
    await expect.poll(() => cluster.get(KINDS.CFServiceBinding, space, 'bound')).toBeUndefined();
    const impatient = restore.map(arg => (arg === '20s' ? '1s' : arg));
    const bound = JSON.parse((await runProgram(impatient)).stdout);
    expect(bound.losses.slice(0, 1)).toMatchObject([
      {
        subject: `CFServiceBinding ${space}/bound`,
        reason: expect.stringContaining('is on the target already'),
      },
    ]);
    await cluster.delete(KINDS.CFServiceInstance, space, 'db');
    await expect.poll(() => cluster.get(KINDS.CFServiceInstance, space, 'db')).toBeUndefined();
    const again = JSON.parse((await runProgram(impatient)).stdout);
    expect(again.losses.map(({ reason }: { reason: string }) => reason)).toContainEqual(
      expect.stringContaining('its plan can be seen on the target'),
    );
    expect(broker.calls.filter(call => call.endsWith('db'))).toEqual(['provision db']);
  });
});
