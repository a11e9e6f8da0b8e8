import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import { View } from '../../src/sandbox/compare/view.ts';
import { compareFoundations } from '../../src/sandbox/compare.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { type Stage, startStage } from '../support/embedded.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { runProgram } from '../support/program.ts';
import { everythingOf, tagsOf } from '../support/whole.ts';

let pair: Pair;
let source: Stage;
let target: Stage;
let archive: string;
/** The target before the first restore. */
let empty: Map<string, string>;
let tags: string[];

beforeAll(async () => {
  pair = await startPair();
  ({ source, target, archive } = pair);
  empty = await everythingOf(target);
  tags = tagsOf(target);
}, 60_000);
afterAll(() => pair?.stop());

const map = () => `${source.registry.host}/=${target.registry.host}/`;
const on = () => ['--kubeconfig', target.kubeconfigFile, '--yes', '-o', 'json', '--wait-timeout', '60s'];
async function restore() {
  const { code, stdout, stderr } = await runProgram(['restore', archive, ...on(), '--registry-map', map()]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as { journal: string };
}
async function undo(code: number, ...args: string[]) {
  const outcome = await runProgram(['undo', ...args, ...on()]);
  expect(outcome.code, outcome.stderr).toBe(code);
  return JSON.parse(outcome.stdout);
}

describe('an undo', () => {
  let journal: string;

  it('shows what it would do, and does nothing', async () => {
    ({ journal } = await restore());
    await target.settle();
    const before = target.server.storage.revision;
    const { removed, dryRun } = await undo(0, journal, '--dry-run');
    expect({ dryRun, apps: removed.CFApp, orgs: removed.CFOrg > 0 }).toEqual({
      dryRun: true,
      apps: 2,
      orgs: true,
    });
    expect(target.server.storage.revision).toBe(before);
  });

  it('leaves the foundation as it was, and every image in the registry', async () => {
    const pushed = tagsOf(target);
    const { removed, losses } = await undo(0, journal);
    expect({ losses, apps: removed.CFApp }).toEqual({ losses: [], apps: 2 });
    await target.settle();
    expect(await everythingOf(target)).toEqual(empty);
    expect(target.activity.of('image-deleted')).toEqual([]);
    expect(tagsOf(target)).toEqual(pushed);
    expect(pushed.length).toBeGreaterThan(tags.length);
  });

  it('is not done twice, and nothing is left to go on with', async () => {
    expect(await undo(0, journal)).toMatchObject({ removed: {}, losses: [] });
    const { journals } = JSON.parse((await runProgram(['journals', '-o', 'json'])).stdout);
    expect(journals.at(-1)).toMatchObject({ path: journal, state: 'undone' });
    const { code, stderr } = await runProgram(['restore', '--resume', journal]);
    expect({ code, stderr }).toEqual({ code: 5, stderr: expect.stringContaining('this restore was undone') });
  });

  it('keeps what somebody needs who came later, and what was there before', async () => {
    const { journal } = await restore();
    const { cluster } = target;
    const [app] = (await View.of(cluster)).all(KINDS.CFApp);
    const { namespace = '' } = app?.metadata ?? {};
    await cluster.create(KINDS.CFApp, {
      apiVersion: 'korifi.cloudfoundry.org/v1alpha1',
      kind: 'CFApp',
      metadata: { namespace, name: 'theirs' },
      spec: { displayName: 'theirs', desiredState: 'STOPPED', lifecycle: { type: 'buildpack', data: {} } },
    });
    const { losses, removed } = await undo(3, journal);
    const kept = (kind: string) =>
      losses.filter(({ subject }: { subject: string }) => subject.startsWith(`${kind} `)).length;
    expect([kept('CFSpace'), kept('CFOrg'), kept('CFApp'), kept('PackageInstall')]).toEqual([1, 1, 0, 3]);
    expect(removed.CFApp).toBe(2);
    const view = await View.of(cluster);
    expect(view.all(KINDS.CFApp).map(({ metadata }) => metadata.name)).toEqual(['theirs']);
    expect(view.all(KINDS.CFSpace).map(({ metadata }) => metadata.name)).toEqual([namespace]);

    await cluster.delete(KINDS.CFApp, namespace, 'theirs');
    await target.settle();
    expect(await undo(0, journal)).toMatchObject({ losses: [] });
    await target.settle();
    expect(await everythingOf(target)).toEqual(empty);
  });

  it('does not touch what somebody makes anew while it runs, nor what that needs', async () => {
    const { journal } = await restore();
    const { cluster } = target;
    const [route] = (await View.of(cluster)).all(KINDS.CFRoute);
    const { namespace = '', name = '' } = route?.metadata ?? {};
    const live = () => cluster.get(KINDS.CFRoute, namespace, name);
    let anew: string | undefined;
    target.faults.api.add(
      ({ method, path }) => method === 'DELETE' && path.endsWith(`/${namespace}/cfroutes/${name}`),
      async (call, next) => {
        await cluster.delete(KINDS.CFRoute, namespace, name);
        await expect.poll(live, { timeout: 10_000 }).toBeUndefined();
        const metadata = { namespace, name };
        anew = (await cluster.create(KINDS.CFRoute, { ...route, metadata } as KubeObject)).metadata.uid;
        return next(call);
      },
    );
    const { losses, removed } = await undo(3, journal);
    expect(losses[0]).toEqual({
      kind: 'object-kept',
      subject: `CFRoute ${namespace}/${name}`,
      reason: "somebody has made it anew while this undo ran: that one is not the restore's",
    });
    const kept = losses.map(({ subject }: { subject: string }) => subject.split(' ')[0]);
    expect(kept).toEqual(expect.arrayContaining(['CFSpace', 'CFOrg', 'CFDomain', 'PackageInstall']));
    // The other app is the one to which the route leads.
    expect(removed.CFApp).toBe(1);
    await target.settle();
    expect((await live())?.metadata.uid).toBe(anew);

    await cluster.delete(KINDS.CFRoute, namespace, name);
    await target.settle();
    expect(await undo(0, journal)).toMatchObject({ losses: [] });
    await target.settle();
    expect(await everythingOf(target)).toEqual(empty);
  });

  it('keeps the space in which somebody has something of their own running', async () => {
    const { journal } = await restore();
    const { cluster } = target;
    const [app] = (await View.of(cluster)).all(KINDS.CFApp);
    const { namespace = '' } = app?.metadata ?? {};
    const metadata = { namespace, name: 'theirs' };
    await cluster.create(KINDS.Deployment, { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: {} });
    const korifis = { namespace, name: 'app', labels: { 'korifi.cloudfoundry.org/appworkload-guid': 'app' } };
    await cluster.create(KINDS.StatefulSet, {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: korifis,
      spec: {},
    });
    const { losses, removed } = await undo(3, journal);
    expect(losses.map(({ reason }: { reason: string }) => reason).join()).not.toContain('StatefulSet');
    expect(losses).toContainEqual({
      kind: 'object-kept',
      subject: expect.stringMatching(`^CFSpace .*/${namespace}$`),
      reason: `Deployment ${namespace}/theirs needs it`,
    });
    expect(removed.CFApp).toBe(2);
    await cluster.delete(KINDS.Deployment, namespace, 'theirs');
    expect(await undo(0, journal)).toMatchObject({ losses: [] });
    await target.settle();
    expect(await everythingOf(target)).toEqual(empty);
  });

  it('takes the images along when asked, but never one that was there before', async () => {
    const left = tagsOf(target);
    const { journal } = await restore();
    const { images } = await undo(0, journal, '--images');
    // They were there from the restores before.
    expect(images.removed).toBe(0);
    expect(tagsOf(target)).toEqual(left);
  });
});

describe('a restore on top of another one', () => {
  it('is undone alone', async () => {
    await restore();
    await target.settle();
    const before = await everythingOf(target);
    const { cluster } = target;
    const [route] = (await View.of(cluster)).all(KINDS.CFRoute);
    await cluster.delete(KINDS.CFRoute, route?.metadata.namespace, route?.metadata.name ?? '');
    await target.settle();
    const without = await everythingOf(target);
    const { journal } = await restore();
    const { removed } = await undo(0, journal);
    expect(removed).toEqual({ CFRoute: 1 });
    await target.settle();
    expect(await everythingOf(target)).toEqual(without);
    expect(before.size).toBeGreaterThan(without.size);
    const { differences } = await compareFoundations(source, target);
    expect(differences.map(({ aspect }) => aspect)).toContain('existence');
  });
});

describe('a restore that changed what was there', () => {
  it('is undone but for that, which is named', async () => {
    const { cluster } = target;
    const apps = (await View.of(cluster)).all(KINDS.CFApp);
    const app = apps.find(({ metadata }) => metadata.annotations?.contact !== undefined);
    const { namespace, name = '', annotations } = app?.metadata ?? {};
    const body = { metadata: { annotations: { contact: 'other' } } };
    await cluster.patch(KINDS.CFApp, namespace, name, { type: 'merge', body });
    const args = ['restore', archive, ...on(), '--registry-map', map(), '--on-existing', 'update'];
    const { journal, objects } = JSON.parse((await runProgram(args)).stdout);
    expect(objects.CFApp.updated).toBe(1);
    const { removed, notes } = await undo(0, journal);
    expect({ removed, notes }).toEqual({
      removed: { CFRoute: 1 },
      notes: [
        `CFApp ${namespace}/${name} was there before and was changed by the restore; it stays as it is`,
      ],
    });
    const { contact } = (await cluster.get(KINDS.CFApp, namespace, name))?.metadata.annotations ?? {};
    expect(contact).toBe(annotations?.contact);
  });
});

describe('a restore into a registry that has nothing of it', () => {
  it('is taken back to the last image', async () => {
    const fresh = await startStage({ name: 'fresh' });
    try {
      // What is made within the second in which a restore begins counts as made after it.
      await sleep(1000);
      const before = tagsOf(fresh);
      const to = ['--kubeconfig', fresh.kubeconfigFile, '--yes', '-o', 'json', '--wait-timeout', '60s'];
      const map = `${source.registry.host}/=${fresh.registry.host}/`;
      const restored = await runProgram(['restore', archive, ...to, '--registry-map', map]);
      expect(tagsOf(fresh).length).toBeGreaterThan(before.length);
      const { journal } = JSON.parse(restored.stdout);
      const { code, stdout } = await runProgram(['undo', journal, '--images', ...to]);
      const { images, losses } = JSON.parse(stdout);
      expect({ code, losses, some: images.removed > 10 }).toEqual({ code: 0, losses: [], some: true });
      expect(tagsOf(fresh)).toEqual(before);
    } finally {
      await fresh.stop();
    }
  });
});
