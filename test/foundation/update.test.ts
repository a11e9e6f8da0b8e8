import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import { differences } from '../../src/foundation/compare.ts';
import { shown } from '../../src/foundation/shown.ts';
import { updateOf } from '../../src/foundation/update.ts';
import { kindOf, named } from './fixtures.ts';

function update(wanted: KubeObject, live: KubeObject) {
  const descriptor = kindOf(wanted);
  return updateOf(descriptor, wanted, differences(descriptor, wanted, live));
}

describe('an update', () => {
  it('changes exactly the fields that differ', () => {
    const wanted = named('CFProcess space-1/cf-proc-app-1-web');
    wanted.spec.memoryMB = 512;
    const live = structuredClone(wanted);
    live.spec = { ...live.spec, desiredInstances: 9, memoryMB: 1 };
    live.metadata = { ...live.metadata, labels: { ...live.metadata.labels, 'somebody-elses': 'stays' } };
    expect(update(wanted, live)).toEqual({
      patch: { spec: { desiredInstances: wanted.spec.desiredInstances, memoryMB: wanted.spec.memoryMB } },
      left: [],
    });
  });

  it('takes out of a spec what was set since, at any depth', () => {
    const wanted = named('CFProcess space-1/cf-proc-app-1-web');
    wanted.spec.healthCheck = { type: 'http', data: { timeoutSeconds: 5 } };
    const live = structuredClone(wanted);
    live.spec.command = 'sleep 1';
    Object.assign(live.spec.healthCheck.data, { httpEndpoint: '/later', invocationTimeoutSeconds: 0 });
    expect(update(wanted, live)).toEqual({
      patch: { spec: { command: null, healthCheck: { data: { httpEndpoint: null } } } },
      left: [],
    });
  });

  it('writes a list whole, once', () => {
    const wanted = named('CFRoute space-1/route-1');
    wanted.spec.destinations = [
      { appRef: { name: 'a' }, processType: 'web' },
      { appRef: { name: 'b' }, processType: 'web' },
    ];
    const live = structuredClone(wanted);
    for (const destination of live.spec.destinations) destination.processType = 'worker';
    expect(update(wanted, live).patch).toEqual({ spec: { destinations: wanted.spec.destinations } });
  });

  it('takes keys out of a Secret that the archive does not have', () => {
    const wanted = named('Secret space-1/app-1-env');
    const live = { ...wanted, data: { ...wanted.data, LATER: 'eA==' } };
    expect(update(wanted, live).patch).toEqual({ data: { LATER: null } });
  });

  it('leaves what cannot be changed, and says so', () => {
    const wanted = named('CFRoute space-1/route-1');
    const live = structuredClone(wanted);
    live.spec.host = 'other';
    live.metadata.labels = {};
    wanted.metadata.labels = { tier: 'web' };
    const { patch, left } = update(wanted, live);
    expect(patch).toEqual({ metadata: { labels: { tier: 'web' } } });
    expect(left.map(({ path }) => path)).toEqual(['spec.host']);
    expect(update(named('CFRoute space-1/route-1'), live).patch).toBeUndefined();
  });

  it('never stops an app that runs', () => {
    const wanted = named('CFApp space-1/app-1');
    wanted.spec.desiredState = 'STOPPED';
    const live = structuredClone(wanted);
    live.spec.desiredState = 'STARTED';
    live.spec.displayName = 'renamed';
    expect(update(wanted, live).patch).toEqual({ spec: { displayName: wanted.spec.displayName } });
  });

  it('takes any key for what it is', () => {
    const wanted = named('Secret space-1/app-1-env');
    const live = structuredClone(wanted);
    wanted.data = JSON.parse('{"__proto__":"eA=="}');
    live.data = {};
    const { patch } = update(wanted, live);
    expect(JSON.stringify(patch)).toBe('{"data":{"__proto__":"eA=="}}');
  });
});

describe('a difference that is shown', () => {
  it('has both values, but none of a secret', () => {
    const wanted = named('Secret space-1/app-1-env');
    const live = {
      ...wanted,
      metadata: { ...wanted.metadata, labels: {} },
      data: { ...wanted.data, LATER: 'c2VjcmV0' },
    };
    wanted.metadata.labels = { tier: 'web' };
    const seen = differences(kindOf(wanted), wanted, live).map(one => shown(kindOf(wanted), one));
    expect(seen).toEqual([
      { path: 'metadata.labels.tier', archive: 'web' },
      { path: 'data.LATER', cluster: '(secret)' },
    ]);
  });
});
