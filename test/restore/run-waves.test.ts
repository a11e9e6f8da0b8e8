import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Flow } from '../../src/base/flow.ts';
import { type KubeObject, keyOf } from '../../src/base/object.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { planWaves, type WaveNode } from '../../src/foundation/waves.ts';
import type { ProgressEvent } from '../../src/progress/events.ts';
import type { Applier } from '../../src/restore/apply.ts';
import type { Owners } from '../../src/restore/owners.ts';
import { Presence } from '../../src/restore/presence.ts';
import { runWaves } from '../../src/restore/run-waves.ts';
import type { ObjectStore } from '../../src/restore/store.ts';
import { WaitTimeouts } from '../../src/restore/wait-timeouts.ts';
import { waveItem } from '../foundation/fixtures.ts';

const KORIFI = 'korifi.cloudfoundry.org/v1alpha1';
const READY = { conditions: [{ type: 'ReconcileSucceeded', status: 'True' }] };

/** Runs the waves of these objects with creations that take a moment each; on the target nothing ever becomes ready. */
async function run(objects: readonly KubeObject[]) {
  const items = objects.map(waveItem);
  const archived = new Map(items.map(({ id }, index) => [keyOf(id), objects[index]]));
  const events: ProgressEvent[] = [];
  const steps: string[] = [];
  /** How many objects were made when late owners were linked. */
  const linked: number[] = [];
  const going = new Set<WaveNode>();
  /** Which steps began while which others were under way. */
  const together: [string, string][] = [];
  const apply = async (node: WaveNode) => {
    const applied = { outcome: 'created', resource: { ...node.id, version: 'v1', plural: '' }, fields: [] };
    if (node.step !== 'create') return applied;
    for (const other of going) together.push([other.id.name, node.id.name]);
    going.add(node);
    steps.push(node.id.name);
    await sleep(5);
    going.delete(node);
    return applied;
  };
  const cluster = { get: async () => ({ metadata: {}, status: {} }) } as unknown as Cluster;
  const { losses } = await runWaves(planWaves(items), {
    cluster,
    store: { get: async (id: WaveNode['id']) => archived.get(keyOf(id)) } as unknown as ObjectStore,
    applier: { apply } as unknown as Applier,
    owners: { linkLate: async () => void linked.push(steps.length) } as unknown as Owners,
    presence: new Presence(cluster),
    flow: new Flow(6),
    report: event => events.push(event),
    waitTimeouts: new WaitTimeouts(50),
  });
  const waited = events.flatMap(event => (event.type === 'waiting' ? [event.subject] : []));
  return {
    steps,
    together,
    linked,
    waited: [...new Set(waited)],
    lost: losses.map(({ subject }) => subject),
  };
}

/** A build of an app, made so many seconds after the first one. */
function build(app: string, name: string, second: number): KubeObject {
  const creationTimestamp = `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`;
  const owner = { apiVersion: KORIFI, kind: 'CFApp', name: app, uid: app };
  return {
    apiVersion: KORIFI,
    kind: 'CFBuild',
    metadata: { namespace: 'space', name, creationTimestamp, ownerReferences: [owner] },
    spec: { appRef: { name: app }, packageRef: { name: `package of ${name}` } },
  };
}

function install(kind: string, name: string, spec: object): KubeObject {
  const apiVersion = kind === 'App' ? 'kappctrl.k14s.io/v1alpha1' : 'packaging.carvel.dev/v1alpha1';
  return { apiVersion, kind, metadata: { namespace: 'tap', name }, spec, status: READY };
}

describe('the steps of a wave', () => {
  it('go one after the other among the parts of an owner, oldest first, and side by side otherwise', async () => {
    const builds = [
      ...[build('a', 'a-2', 20), build('a', 'a-1', 30), build('a', 'a-3', 10)],
      ...[build('b', 'b-1', 12), build('b', 'b-2', 11)],
    ];
    const { steps, together } = await run(builds);
    const of = (app: string) => steps.filter(name => name.startsWith(`${app}-`));
    expect([of('a'), of('b')]).toEqual([
      ['a-3', 'a-2', 'a-1'],
      ['b-2', 'b-1'],
    ]);
    expect(together.filter(([one, other]) => one[0] === other[0])).toEqual([]);
    expect(together.length).toBeGreaterThan(0);
  });
});

describe('owners that come after what they own', () => {
  it('are linked when each wave has been made', async () => {
    const { steps, linked, lost } = await run([
      install('App', 'first', {}),
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'tap' } },
    ]);
    expect([steps, linked, lost]).toEqual([['tap', 'first'], [1, 2], ['App tap/first']]);
  });
});

describe('what was ready at the source', () => {
  it.each([
    ['PackageInstall', {}],
    ['PackageRepository', {}],
    ['App', {}],
  ])('is waited for: %s', async (kind, spec) => {
    const { waited, lost } = await run([install(kind, 'running', spec)]);
    expect([waited, lost]).toEqual([[`${kind} tap/running`], [`${kind} tap/running`]]);
  });

  it.each([
    ['PackageInstall', { paused: true }],
    ['PackageRepository', { paused: true }],
    ['App', { paused: true }],
    ['App', { canceled: true }],
  ])('and was paused or canceled since is not: %s %j', async (kind, spec) => {
    expect(await run([install(kind, 'still', spec)])).toMatchObject({
      waited: [],
      lost: [],
      steps: ['still'],
    });
  });
});

describe('an imported Secret', () => {
  const sharing = (kind: string, name: string, namespace: string, more: object): KubeObject => ({
    apiVersion: 'secretgen.carvel.dev/v1alpha1',
    kind,
    metadata: { namespace, name },
    ...more,
  });
  const imported = sharing('SecretImport', 'login', 'apps', {
    spec: { fromNamespace: 'tap' },
    status: READY,
  });

  it('is waited for when its export comes along', async () => {
    const exported = sharing('SecretExport', 'login', 'tap', { spec: { toNamespace: 'apps' } });
    expect(await run([imported, exported])).toMatchObject({ waited: ['SecretImport apps/login'] });
  });

  it('is not when nobody in the archive exports it', async () => {
    expect(await run([imported])).toMatchObject({ waited: [], lost: [] });
    const other = sharing('SecretExport', 'login', 'elsewhere', { spec: { toNamespace: 'apps' } });
    expect(await run([imported, other])).toMatchObject({ waited: [], lost: [] });
  });
});
