import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conditionOf, isTrue } from '../../src/sandbox/controllers/conditions.ts';
import type { EmbeddedFoundation } from '../../src/sandbox/foundation.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { until } from '../../src/sandbox/platform/until.ts';
import { layerOf } from '../../src/sandbox/registry/layer.ts';
import {
  create,
  createApp,
  createBuild,
  createPackage,
  pushSource,
  SPACE,
  stagedStatus,
  startInstalled,
  writeStatus,
} from './korifi-objects.ts';

let foundation: EmbeddedFoundation;
beforeAll(async () => {
  foundation = await startInstalled('staging');
});
afterAll(() => foundation.stop());

const staged = (name: string) => foundation.activity.of('staged').filter(subject => subject.includes(name));
const build = (name: string, wanted: Parameters<typeof until>[4]) =>
  until(foundation.cluster, KINDS.CFBuild, SPACE, name, wanted);

/** A build whose package is not there, as its controller leaves it after the first look. */
async function orphanedBuild(app: string, name: string): Promise<void> {
  await createApp(foundation.cluster, app, { currentDropletRef: { name } });
  await createBuild(foundation.cluster, app, `${name}-package`, name);
  await build(name, ({ status }) => status?.observedGeneration === 1);
}

describe('a build that comes back', () => {
  it('without status is staged anew, with another digest', async () => {
    const { cluster } = foundation;
    const image = await pushSource(foundation, 'naive', 'naive-package');
    await createApp(cluster, 'naive');
    await createPackage(cluster, 'naive', 'naive-package', image);
    await createBuild(cluster, 'naive', 'naive-package', 'naive-1');
    await createBuild(cluster, 'naive', 'naive-package', 'naive-2');
    const [first, second] = [
      await build('naive-1', made => isTrue(made, 'Succeeded')),
      await build('naive-2', made => isTrue(made, 'Succeeded')),
    ];
    expect(staged('naive-1')).toHaveLength(1);
    const digests = [first, second].map(({ status }) => status.droplet.registry.image.split('@')[1]);
    expect(digests[0]).not.toBe(digests[1]);
    expect(first.status.droplet.processTypes).toEqual([
      { type: 'web', command: './run' },
      { type: 'worker', command: './work' },
    ]);
  });

  it('before its package only shows that it was seen: no condition, no owner', async () => {
    await orphanedBuild('early', 'early-1');
    const seen = await build('early-1', () => true);
    expect(seen.status).toEqual({ observedGeneration: 1 });
    expect(seen.metadata.ownerReferences).toBeUndefined();
  });

  it('with its status written before its package is not staged, and is owned once it was touched', async () => {
    const { cluster } = foundation;
    await orphanedBuild('careful', 'careful-1');
    const image = await pushSource(foundation, 'careful', 'careful-1-package');
    await writeStatus(cluster, KINDS.CFBuild, 'careful-1', stagedStatus(image));
    await createPackage(cluster, 'careful', 'careful-1-package', image);
    const body = { metadata: { annotations: { touched: 'yes' } } };
    await cluster.patch(KINDS.CFBuild, SPACE, 'careful-1', { type: 'merge', body });
    const owned = await build('careful-1', made => made.metadata.ownerReferences !== undefined);
    expect(owned.metadata.ownerReferences?.[0]).toMatchObject({
      kind: 'CFApp',
      name: 'careful',
      controller: true,
    });
    expect(owned.status).toMatchObject(stagedStatus(image));
    expect(staged('careful-1')).toEqual([]);
  });

  it('is not woken by its package: only its own back-off or a write to it does that', async () => {
    const { cluster } = foundation;
    await orphanedBuild('asleep', 'asleep-1');
    const image = await pushSource(foundation, 'asleep', 'asleep-1-package');
    await createPackage(cluster, 'asleep', 'asleep-1-package', image);
    await until(cluster, KINDS.CFPackage, SPACE, 'asleep-1-package', made => isTrue(made, 'Ready'));
    expect(staged('asleep-1')).toEqual([]);
    const body = { metadata: { annotations: { touched: 'yes' } } };
    await cluster.patch(KINDS.CFBuild, SPACE, 'asleep-1', { type: 'merge', body });
    await build('asleep-1', made => isTrue(made, 'Succeeded'));
    expect(staged('asleep-1')).toHaveLength(1);
  });

  it('of a source that no buildpack knows fails, with what the lifecycle says', async () => {
    const { cluster, images, registry } = foundation;
    const image = await images.push(
      `${registry.host}/asa/tas-adapter-odd-packages`,
      { layers: [layerOf({ 'README.md': 'nothing to run' })] },
      [],
    );
    await createApp(cluster, 'odd');
    await createPackage(cluster, 'odd', 'odd-package', image);
    await createBuild(cluster, 'odd', 'odd-package', 'odd-1');
    const failed = await build('odd-1', made => conditionOf(made, 'Succeeded')?.status === 'False');
    expect(conditionOf(failed, 'Succeeded')).toMatchObject({
      reason: 'BuildFailed',
      message: 'No buildpack groups passed detection.',
    });
    expect(failed.status.droplet).toBeUndefined();
  });
});

describe('a task that comes back', () => {
  it('runs again, even when its status says that it has succeeded', async () => {
    const { cluster } = foundation;
    await orphanedBuild('migrating', 'migrating-1');
    const image = await pushSource(foundation, 'migrating', 'migrating-1-package');
    await writeStatus(cluster, KINDS.CFBuild, 'migrating-1', stagedStatus(image));
    await create(cluster, KINDS.CFTask, 'done', { appRef: { name: 'migrating' }, command: 'migrate' });
    await writeStatus(cluster, KINDS.CFTask, 'done', {
      conditions: [{ type: 'Succeeded', status: 'True', reason: 'JobSucceeded', message: '' }],
    });
    await until(cluster, KINDS.Job, SPACE, 'done', () => true);
    expect(foundation.activity.of('task-run')).toEqual([`CFTask ${SPACE}/done: migrate`]);
  });

  it('does not run when it is created canceled, but is recorded as failed', async () => {
    const { cluster } = foundation;
    await create(cluster, KINDS.CFTask, 'canceled', {
      appRef: { name: 'migrating' },
      command: 'x',
      canceled: true,
    });
    const task = await until(cluster, KINDS.CFTask, SPACE, 'canceled', made => isTrue(made, 'Canceled'));
    expect(isTrue(task, 'Failed')).toBe(true);
    expect(await cluster.get(KINDS.Job, SPACE, 'canceled')).toBeUndefined();
  });
});

describe('a process', () => {
  it('that the droplet knows and nobody made gets the default scale', async () => {
    const { cluster } = foundation;
    await orphanedBuild('scaled', 'scaled-1');
    const spec = { appRef: { name: 'scaled' }, processType: 'worker', desiredInstances: 3, memoryMB: 64 };
    const labels = { 'korifi.cloudfoundry.org/app-guid': 'scaled' };
    await create(cluster, KINDS.CFProcess, 'cf-proc-scaled-worker', spec, { labels });
    const image = await pushSource(foundation, 'scaled', 'scaled-1-package');
    const status = stagedStatus(image) as { droplet: { processTypes: object[] } };
    status.droplet.processTypes.push({ type: 'worker', command: './work' });
    await writeStatus(cluster, KINDS.CFBuild, 'scaled-1', status);
    const web = await until(cluster, KINDS.CFProcess, SPACE, 'cf-proc-scaled-web', () => true);
    expect(web.spec).toMatchObject({ desiredInstances: 1, memoryMB: 1024, detectedCommand: './run' });
    const worker = await until(
      cluster,
      KINDS.CFProcess,
      SPACE,
      'cf-proc-scaled-worker',
      ({ spec }) => spec.detectedCommand,
    );
    expect(worker.spec).toMatchObject({ desiredInstances: 3, memoryMB: 64, detectedCommand: './work' });
  });

  it('of a started app runs as many replicas as it has instances, if the droplet can be pulled', async () => {
    const { cluster } = foundation;
    const start = { type: 'merge', body: { spec: { desiredState: 'STARTED' } } } as const;
    await cluster.patch(KINDS.CFApp, SPACE, 'scaled', start);
    const workloads = async () => {
      const all = [];
      for await (const page of cluster.list(KINDS.AppWorkload, { namespace: SPACE })) all.push(...page);
      return all.filter(({ spec }) => spec.appGUID === 'scaled');
    };
    await expect.poll(async () => (await workloads()).filter(made => isTrue(made, 'Ready')).length).toBe(2);
    const worker = (await workloads()).find(({ spec }) => spec.processType === 'worker');
    // The name holds the SHA-1 of the app's revision, which starting does not change.
    expect(worker?.metadata.name).toBe('cf-proc-scaled-worker-b6589fc6ab');
    expect(worker?.status.actualInstances).toBe(3);
  });
});
