import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiResource, Cluster } from '../../src/cluster/cluster.ts';
import type { ProgressEvent } from '../../src/progress/events.ts';
import { waitForAll } from '../../src/restore/wait.ts';
import { parseWaitTimeouts, WaitTimeouts } from '../../src/restore/wait-timeouts.ts';
import { type ApiServer, startApiServer } from '../../src/sandbox/apiserver/server.ts';
import { definitionOf } from '../../src/sandbox/platform/definitions.ts';
import { until } from '../../src/sandbox/platform/until.ts';

const GROUP = 'packaging.carvel.dev';
const resourceOf = (kind: string, plural: string): ApiResource => ({
  group: GROUP,
  version: 'v1alpha1',
  plural,
  kind,
  namespaced: true,
});
const INSTALL = resourceOf('PackageInstall', 'packageinstalls');
const REPOSITORY = resourceOf('PackageRepository', 'packagerepositories');
const DEFINITIONS = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' };

describe('waiting', () => {
  let server: ApiServer;
  let cluster: Cluster;
  beforeAll(async () => {
    server = await startApiServer();
    cluster = server.local();
    for (const resource of [INSTALL, REPOSITORY]) {
      const definitions = { ...DEFINITIONS, kind: 'CustomResourceDefinition', namespaced: false };
      const { metadata } = await cluster.create(definitions, definitionOf(resource));
      await until(cluster, definitions, undefined, metadata.name, ({ status }) => status !== undefined);
    }
  });
  afterAll(() => server.stop());

  const make = async (resource: ApiResource, name: string, status: object) => {
    const metadata = { namespace: 'default', name };
    await cluster.create(resource, { apiVersion: `${GROUP}/v1alpha1`, kind: resource.kind, metadata });
    const patch = { type: 'merge', body: { status }, subresource: 'status' } as const;
    await cluster.patch(resource, 'default', name, patch);
    const { kind } = resource;
    return {
      resource,
      id: { group: GROUP, kind, namespace: 'default', name },
      condition: 'ReconcileSucceeded',
      see: 'its log',
    };
  };
  const FAILING = {
    usefulErrorMessage: 'pull: unauthorized',
    conditions: [{ type: 'ReconcileFailed', status: 'True' }],
  };
  const READY = { conditions: [{ type: 'ReconcileSucceeded', status: 'True' }], observedGeneration: 1 };

  it('gives up each kind at its own time, with the last words of its controller and where to look', async () => {
    const awaited = [
      await make(REPOSITORY, 'slow', FAILING),
      await make(INSTALL, 'quick', FAILING),
      await make(INSTALL, 'ready', READY),
    ];
    const events: ProgressEvent[] = [];
    const timeouts = new WaitTimeouts(50, new Map([['PackageRepository', 400]]));
    const lost = await waitForAll(awaited, { cluster, report: event => events.push(event), timeouts });
    expect(lost.map(({ loss }) => loss)).toEqual([
      {
        kind: 'wait-timed-out',
        subject: 'PackageInstall default/quick',
        reason:
          'not ReconcileSucceeded after 0 s: pull: unauthorized (see its log; --wait-timeout PackageInstall=DURATION gives it more time)',
      },
      expect.objectContaining({ subject: 'PackageRepository default/slow' }),
    ]);
    expect(events).toContainEqual({
      type: 'waiting',
      subject: 'PackageRepository default/slow',
      for: 'ReconcileSucceeded',
      left: 1,
      message: 'pull: unauthorized',
    });
  });

  it('takes nothing for ready that speaks of an earlier generation', async () => {
    const one = await make(INSTALL, 'edited', READY);
    await cluster.patch(INSTALL, 'default', 'edited', { type: 'merge', body: { spec: { paused: false } } });
    const options = { cluster, report: () => undefined, timeouts: new WaitTimeouts(200) };
    expect(await waitForAll([one], options)).toHaveLength(1);
    const status = { ...READY, observedGeneration: 2 };
    await cluster.patch(INSTALL, 'default', 'edited', {
      type: 'merge',
      body: { status },
      subresource: 'status',
    });
    expect(await waitForAll([one], options)).toEqual([]);
  });
});

describe('what was changed', () => {
  it('is looked at again: a condition of before does not count', async () => {
    const server = await startApiServer();
    try {
      const resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
      const cluster = server.local();
      const metadata = { namespace: 'default', name: 'pod' };
      await cluster.create(resource, { apiVersion: 'v1', kind: 'Pod', metadata });
      const show = (status: string) =>
        cluster.patch(resource, 'default', 'pod', {
          type: 'merge',
          body: { status: { conditions: [{ type: 'Ready', status }] } },
          subresource: 'status',
        });
      await show('True');
      const id = { group: '', kind: 'Pod', namespace: 'default', name: 'pod' };
      const one = { resource, id, condition: 'Ready', see: 'its log', steady: true };
      const options = { cluster, report: () => undefined, timeouts: new WaitTimeouts(1000) };
      setTimeout(() => show('False'), 300);
      expect(await waitForAll([one], options)).toHaveLength(1);
      await show('True');
      const patient = { ...options, timeouts: new WaitTimeouts(10_000) };
      const started = Date.now();
      expect(await waitForAll([one], patient)).toEqual([]);
      expect(Date.now() - started).toBeGreaterThan(1_900);
    } finally {
      await server.stop();
    }
  });
});

describe('--wait-timeout', () => {
  it('is for every kind, or for one', () => {
    const timeouts = parseWaitTimeouts(['2m', 'packageinstall=30m', 'CFOrg=90s']);
    expect(['PackageInstall', 'CFOrg', 'CFSpace'].map(kind => timeouts.of(kind))).toEqual([
      1_800_000, 90_000, 120_000,
    ]);
    expect(parseWaitTimeouts([]).of('CFApp')).toBe(900_000);
  });

  it.each([
    ['soon', '"soon" is no duration'],
    ['CFOrg=soon', '"soon" is no duration'],
    ['Lease=1m', 'names a kind that is not restored'],
  ])('refuses %s', (text, message) => {
    expect(() => parseWaitTimeouts([text])).toThrow(message);
  });
});
