import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import { type SandboxBroker, startBroker } from '../../src/sandbox/broker/server.ts';
import { conditionOf, isTrue } from '../../src/sandbox/controllers/conditions.ts';
import { type EmbeddedFoundation, startFoundation } from '../../src/sandbox/foundation.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { credentialsData } from '../../src/sandbox/korifi/credentials.ts';
import { namespacedUuid } from '../../src/sandbox/korifi/releases.ts';
import { until } from '../../src/sandbox/platform/until.ts';
import {
  create,
  createApp,
  createBuild,
  createPackage,
  pushSource,
  refusal,
  SPACE,
  stagedStatus,
  writeStatus,
} from './korifi-objects.ts';

let foundation: EmbeddedFoundation;
let broker: SandboxBroker;
beforeAll(async () => {
  broker = await startBroker();
  const retry = { first: 600_000, last: 600_000 };
  const landscape = { seed: 'rules', apps: 0, appBytes: 1000, korifi: 'current' } as const;
  foundation = await startFoundation({ name: 'current', landscape, retry });
});
afterAll(() => Promise.all([foundation.stop(), broker.stop()]));

type Wanted = Parameters<typeof until>[4];
const build = (name: string, wanted: Wanted) => until(foundation.cluster, KINDS.CFBuild, SPACE, name, wanted);
const reason = (object: KubeObject) => conditionOf(object, 'Ready')?.reason;
const secret = (name: string, data: Record<string, string>, namespace = SPACE) =>
  foundation.cluster.create(KINDS.Secret, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type: 'Opaque',
    data,
  });

describe('the schema of current Korifi', () => {
  it.each([
    [KINDS.CFServiceInstance, { displayName: 'x', type: 'user-provided', secretName: 'x' }, 'planGuid'],
    [KINDS.CFServiceBinding, { appRef: { name: 'a' }, service: { name: 's' }, parameters: {} }, 'type'],
    [KINDS.CFServiceBinding, { appRef: { name: 'a' }, service: { name: 's' }, type: 'app' }, 'parameters'],
  ] as const)('refuses a $0.kind without $2', async (kind, spec, field) => {
    const name = `${kind.plural}-${field.toLowerCase()}`;
    expect(await refusal(create(foundation.cluster, kind, name, spec))).toBe(
      `${kind.kind}.korifi.cloudfoundry.org "${name}" is invalid: spec.${field}: Required value`,
    );
  });
});

describe('a build of current Korifi', () => {
  it('before its package is owned, and not ready', async () => {
    await createApp(foundation.cluster, 'early');
    await createBuild(foundation.cluster, 'early', 'early-package', 'early-1');
    const seen = await build('early-1', ({ status }) => status?.observedGeneration === 1);
    expect(isTrue(seen, 'Ready')).toBe(false);
    expect(seen.metadata.ownerReferences?.[0]?.name).toBe('early');
  });

  it('that is decided before its first look never gets its owner', async () => {
    const { cluster } = foundation;
    const image = await pushSource(foundation, 'hasty', 'hasty-package');
    await createBuild(cluster, 'hasty', 'hasty-package', 'hasty-1');
    await writeStatus(cluster, KINDS.CFBuild, 'hasty-1', stagedStatus(image));
    await createApp(cluster, 'hasty', { currentDropletRef: { name: 'hasty-1' } });
    await createPackage(cluster, 'hasty', 'hasty-package', image);
    const body = { metadata: { annotations: { touched: 'yes' } } };
    await cluster.patch(KINDS.CFBuild, SPACE, 'hasty-1', { type: 'merge', body });
    const made = await build('hasty-1', found => isTrue(found, 'Ready'));
    expect(made.metadata.ownerReferences).toBeUndefined();
  });

  it('shows its state in a label with the next write to it, not with a write to its status', async () => {
    const { cluster } = foundation;
    const state = (made: KubeObject) => made.metadata.labels?.['korifi.cloudfoundry.org/build-state'];
    const image = await pushSource(foundation, 'early', 'early-package');
    await writeStatus(cluster, KINDS.CFBuild, 'early-1', { ...stagedStatus(image), state: 'STAGED' });
    expect(state(await build('early-1', made => isTrue(made, 'Succeeded')))).toBeUndefined();
    const body = { metadata: { annotations: { touched: 'yes' } } };
    await cluster.patch(KINDS.CFBuild, SPACE, 'early-1', { type: 'merge', body });
    expect(state(await build('early-1', () => true))).toBe('STAGED');
  });
});

describe('a user-provided service of current Korifi', () => {
  const instance = (name: string, wanted: Wanted) =>
    until(foundation.cluster, KINDS.CFServiceInstance, SPACE, name, wanted);

  it('needs one document of credentials, and so do its binding and app', async () => {
    const { cluster } = foundation;
    await secret('flat', { uri: Buffer.from('pg://').toString('base64') });
    const spec = { displayName: 'flat', type: 'user-provided', secretName: 'flat', planGuid: '' };
    await create(cluster, KINDS.CFServiceInstance, 'flat', spec);
    expect(reason(await instance('flat', made => reason(made) !== undefined))).toBe('SecretInvalid');
    await createApp(cluster, 'bound');
    const bound = { appRef: { name: 'bound' }, service: { name: 'flat' }, type: 'app', parameters: {} };
    await create(cluster, KINDS.CFServiceBinding, 'bound', bound);
    const app = (wanted: string) =>
      until(cluster, KINDS.CFApp, SPACE, 'bound', made => reason(made) === wanted);
    await app('BindingNotReady');
    const body = { data: { ...credentialsData({ uri: 'pg://' }), uri: null } };
    await cluster.patch(KINDS.Secret, SPACE, 'flat', { type: 'merge', body });
    await instance('flat', made => isTrue(made, 'Ready'));
    await app('DropletNotAssigned');
  });
});

describe('an app of current Korifi', () => {
  it('that is started without instances never becomes ready', async () => {
    const { cluster } = foundation;
    const image = await pushSource(foundation, 'idle', 'idle-package');
    await createApp(cluster, 'idle', { currentDropletRef: { name: 'idle-1' } });
    const labels = { 'korifi.cloudfoundry.org/app-guid': 'idle' };
    const spec = { appRef: { name: 'idle' }, processType: 'web', desiredInstances: 0 };
    await create(cluster, KINDS.CFProcess, 'idle-web', spec, { labels });
    await createBuild(cluster, 'idle', 'idle-package', 'idle-1');
    await build('idle-1', ({ status }) => status?.observedGeneration === 1);
    await writeStatus(cluster, KINDS.CFBuild, 'idle-1', stagedStatus(image));
    await until(cluster, KINDS.CFApp, SPACE, 'idle', made => isTrue(made, 'Ready'));
    await cluster.patch(KINDS.CFApp, SPACE, 'idle', {
      type: 'merge',
      body: { spec: { desiredState: 'STARTED' } },
    });
    await until(cluster, KINDS.CFApp, SPACE, 'idle', made => reason(made) === 'DesiredStateNotReached');
  });
});

describe('managed services', () => {
  const plan = namespacedUuid('broker', 'pg-small');
  const calls = (of: string) => broker.calls.filter(call => call.endsWith(` ${of}`));
  const managed = (name: string) =>
    create(foundation.cluster, KINDS.CFServiceInstance, name, {
      displayName: name,
      type: 'managed',
      secretName: '',
      planGuid: plan,
    });
  const instance = (name: string, wanted: Wanted) =>
    until(foundation.cluster, KINDS.CFServiceInstance, SPACE, name, wanted);

  beforeAll(async () => {
    await secret('broker-login', credentialsData(broker.login), 'cf');
    const spec = { name: 'pg-broker', url: broker.url, credentials: { name: 'broker-login' } };
    await create(foundation.cluster, KINDS.CFServiceBroker, 'broker', spec, {}, 'cf');
    await until(foundation.cluster, KINDS.CFServiceBroker, 'cf', 'broker', made => isTrue(made, 'Ready'));
  });

  it('have plans under names that follow from the broker, which nobody sees at first', async () => {
    const found = await until(foundation.cluster, KINDS.CFServicePlan, 'cf', plan, () => true);
    expect(found.spec).toMatchObject({ name: 'small', visibility: { type: 'admin' } });
  });

  it('are not provided while their plan is hidden, and are as soon as it is not', async () => {
    const { cluster } = foundation;
    await managed('hidden');
    await instance('hidden', made => reason(made) === 'InvalidServicePlan');
    expect(calls('hidden')).toEqual([]);
    const body = { spec: { visibility: { type: 'public' } } };
    await cluster.patch(KINDS.CFServicePlan, 'cf', plan, { type: 'merge', body });
    await instance('hidden', made => isTrue(made, 'Ready'));
    expect(calls('hidden')).toEqual(['provision hidden']);
  });

  it('are bound again when a binding comes without its secrets', async () => {
    const { cluster } = foundation;
    await createApp(cluster, 'client');
    const spec = { appRef: { name: 'client' }, service: { name: 'hidden' }, type: 'app', parameters: {} };
    await create(cluster, KINDS.CFServiceBinding, 'again', spec);
    await until(cluster, KINDS.CFServiceBinding, SPACE, 'again', made => isTrue(made, 'Ready'));
    expect(calls('again')).toEqual(['bind again']);
  });

  it('are taken away at their broker when they are deleted, unless they say otherwise', async () => {
    const { cluster } = foundation;
    await managed('kept');
    await instance('kept', made => isTrue(made, 'Ready'));
    const annotations = { 'korifi.cloudfoundry.org/deprovision-without-broker': 'true' };
    await cluster.patch(KINDS.CFServiceInstance, SPACE, 'kept', {
      type: 'merge',
      body: { metadata: { annotations } },
    });
    for (const name of ['hidden', 'kept']) await cluster.delete(KINDS.CFServiceInstance, SPACE, name);
    await expect.poll(() => cluster.get(KINDS.CFServiceInstance, SPACE, 'hidden')).toBeUndefined();
    await expect.poll(() => cluster.get(KINDS.CFServiceInstance, SPACE, 'kept')).toBeUndefined();
    expect(calls('kept')).toEqual(['provision kept']);
    expect(calls('hidden')).toEqual(['provision hidden', 'deprovision hidden']);
    expect(calls('again')).toEqual(['bind again', 'unbind again']);
  });
});
