import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/base/errors.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { type ApiServer, startApiServer } from '../../src/sandbox/apiserver/server.ts';
import { compareVersions, satisfies } from '../../src/sandbox/carvel/semver.ts';
import { includes } from '../../src/sandbox/controllers/compare.ts';
import { decide } from '../../src/sandbox/controllers/conditions.ts';
import { Controllers } from '../../src/sandbox/controllers/controllers.ts';
import { type Rule, Unwatched } from '../../src/sandbox/controllers/rule.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { apply } from '../../src/sandbox/platform/apply.ts';

let server: ApiServer;
let cluster: Cluster;
let running: Controllers[];
beforeEach(async () => {
  server = await startApiServer();
  // It furnishes its first namespaces.
  await server.rest();
  cluster = server.local();
  running = [];
});
afterEach(async () => {
  for (const controllers of running) await controllers.stop();
  await server.stop();
});

const SLOW = { first: 600_000, last: 600_000 };
const map = (name: string, fields: object = {}) =>
  apply(cluster, KINDS.ConfigMap, { metadata: { name, namespace: 'default' }, ...fields });
const get = (name: string) => cluster.get(KINDS.ConfigMap, 'default', name);

function run(rule: Rule['reconcile'], options: { delays?: typeof SLOW; poll?: boolean } = {}): Controllers {
  const rules = [{ name: 'rule', kind: KINDS.ConfigMap, reconcile: rule }];
  const { delays = SLOW, poll = false } = options;
  const onChange: ApiServer['onChange'] = listener => server.onChange(listener);
  const controllers = new Controllers({ cluster, rules, delays, ...(!poll && { onChange }) });
  running.push(controllers);
  controllers.start();
  return controllers;
}

/** Makes a copy beside every map whose name has no `copy` in it. */
const copying: Rule['reconcile'] = async ({ metadata, data }, world) => {
  if (metadata.name.startsWith('copy')) return;
  await world.ensure(KINDS.ConfigMap, {
    metadata: { name: `copy-${metadata.name}`, namespace: 'default' },
    data,
  });
};

describe('the runner', () => {
  it.each([{ poll: true }, { poll: false }])(
    'brings objects in place and keeps them so (poll: $poll)',
    async options => {
      await map('a', { data: { x: '1' } });
      const controllers = run(copying, options);
      await controllers.settle();
      expect((await get('copy-a'))?.data).toEqual({ x: '1' });
      await cluster.patch(KINDS.ConfigMap, 'default', 'a', { type: 'merge', body: { data: { x: '2' } } });
      await expect.poll(async () => (await get('copy-a'))?.data).toEqual({ x: '2' });
      await cluster.delete(KINDS.ConfigMap, 'default', 'copy-a');
      await expect.poll(() => get('copy-a')).toBeDefined();
    },
  );

  it('writes nothing when all is in place', async () => {
    await map('a', { data: { x: '1' } });
    const controllers = run(copying);
    await controllers.settle();
    const { revision } = server.storage;
    await map('copy-unrelated');
    await controllers.settle();
    expect(server.storage.revision).toBe(revision + 1);
  });

  it('leaves an object alone after a failure until the object is written, whatever else happens', async () => {
    let tries = 0;
    await map('a');
    run(async ({ metadata }) => {
      if (metadata.name !== 'a') return;
      tries += 1;
      throw new Unwatched('something is missing');
    });
    await expect.poll(() => tries).toBe(1);
    await map('b');
    await map('c');
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(tries).toBe(1);
    await cluster.patch(KINDS.ConfigMap, 'default', 'a', {
      type: 'merge',
      body: { data: { touched: 'yes' } },
    });
    await expect.poll(() => tries).toBe(2);
  });

  it('tries again by itself after its back-off', async () => {
    let tries = 0;
    await map('a');
    const rule: Rule['reconcile'] = async ({ metadata }) => {
      if (metadata.name !== 'a') return;
      tries += 1;
      if (tries < 3) throw new Unwatched('not yet');
    };
    await run(rule, { delays: { first: 20, last: 20 } }).settle();
    expect(tries).toBeGreaterThanOrEqual(3);
  });

  it('says what is failing when it does not settle', async () => {
    await map('a');
    const controllers = run(async ({ metadata }) => {
      if (metadata.name === 'a') throw new Unwatched('something is missing');
    });
    const failure = await controllers.settle(100).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failure);
    expect((failure as Failure).code).toBe('timeout');
    expect((failure as Failure).hints).toEqual(['rule: ConfigMap default/a: something is missing']);
  });
});

describe('a desired state', () => {
  it('is in place when the live object has it and more', () => {
    expect(includes({ a: { b: 1, c: 2 }, d: [1, { e: 1, f: 2 }] }, { a: { b: 1 }, d: [1, { e: 1 }] })).toBe(
      true,
    );
    expect(includes({ d: [1, 2] }, { d: [1] })).toBe(false);
    expect(includes({}, { a: null })).toBe(true);
    expect(includes({ a: 1 }, { a: null })).toBe(false);
  });

  it('is always in place in itself', () => {
    fc.assert(fc.property(fc.jsonValue(), value => includes(value, value)));
  });
});

describe('conditions', () => {
  const object = (conditions: object[]) => ({
    apiVersion: 'v1',
    kind: 'X',
    metadata: { name: 'x', generation: 3 },
    status: { conditions },
  });
  const old = {
    reason: 'Old',
    message: '',
    observedGeneration: 1,
    lastTransitionTime: '2023-01-01T00:00:00Z',
  };

  it('keep their time while their status stays, and leave others alone', () => {
    const other = { ...old, type: 'Other', status: 'False' };
    const before = object([{ ...old, type: 'Ready', status: 'True' }, other]);
    expect(decide(before, [{ type: 'Ready', status: 'True', reason: 'New' }])).toEqual([
      other,
      {
        type: 'Ready',
        status: 'True',
        reason: 'New',
        message: '',
        observedGeneration: 3,
        lastTransitionTime: '2023-01-01T00:00:00Z',
      },
    ]);
    const [, changed] = decide(before, [{ type: 'Ready', status: 'False', reason: 'New' }]);
    expect(changed?.lastTransitionTime).not.toBe('2023-01-01T00:00:00Z');
  });
});

describe('versions', () => {
  it.each([
    ['1.2.0', '1.10.0'],
    ['1.0.0-rc.1', '1.0.0'],
    ['1.9.9', '2.0.0'],
  ])('%s is older than %s', (older, newer) => {
    expect(compareVersions(older, newer)).toBeLessThan(0);
    expect(compareVersions(newer, older)).toBeGreaterThan(0);
    expect(compareVersions(newer, newer)).toBe(0);
  });

  it.each([
    ['1.3.1', '1.3.1', true],
    ['1.3.1', '1.3.0', false],
    ['1.3.1', '>=1.2.0 <2.0.0', true],
    ['2.0.0', '>=1.2.0 <2.0.0', false],
    ['1.0.0', '', true],
    ['1.0.0-rc.1', '>=0.1.0', false],
    ['1.0.0-rc.1', '1.0.0-rc.1', true],
  ])('%s within %s: %s', (version, constraints, expected) => {
    expect(satisfies(version, constraints, false)).toBe(expected);
  });
});
