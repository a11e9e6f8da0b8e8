import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/base/errors.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import type { ProgressEvent } from '../../src/progress/events.ts';
import { LEASE, LEASES, RunLease } from '../../src/restore/run-lease.ts';
import { type ApiServer, startApiServer } from '../../src/sandbox/apiserver/server.ts';
import { altered } from '../support/altered.ts';

const RENEW = 40;

describe('the lease of a run', () => {
  let server: ApiServer;
  let cluster: Cluster;
  let events: ProgressEvent[];
  beforeEach(async () => {
    server = await startApiServer();
    cluster = server.local();
    events = [];
  });
  afterEach(() => server.stop());

  const take = () => RunLease.take(cluster, event => events.push(event), { renewMs: RENEW });
  const live = () => cluster.get(LEASES, LEASE.namespace, LEASE.name);
  const change = (spec: object) =>
    cluster.patch(LEASES, LEASE.namespace, LEASE.name, { type: 'merge', body: { spec } });
  const heldBy = (holderIdentity: string, renewTime: string) =>
    cluster.create(LEASES, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: LEASE,
      spec: { holderIdentity, leaseDurationSeconds: 30, renewTime },
    });
  const OLD = '2020-01-01T00:00:00.000000Z';

  it('lets one in at a time, and says who has it since when', async () => {
    const first = await take();
    const error = await take().catch(error => error);
    expect(error).toBeInstanceOf(Failure);
    expect(error.exit).toBe(5);
    expect(error.message).toMatch(
      new RegExp(
        `^another restore or undo is under way in this foundation, run by \\S+@${hostname()} since 2`,
      ),
    );
    await first.release();
    expect(await live()).toBeUndefined();
    await (await take()).release();
  });

  it('is renewed while it is held', async () => {
    const lease = await take();
    const before = (await live())?.spec.renewTime;
    await expect.poll(async () => (await live())?.spec.renewTime).not.toBe(before);
    await lease.release();
  });

  it('is taken from a holder whose time is over and who shows no sign of life', async () => {
    await heldBy('bob@elsewhere/7/x/y', OLD);
    const lease = await take();
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'waiting', for: 'a sign of life of its holder' }),
    );
    expect((await live())?.spec.holderIdentity).not.toContain('bob');
    await lease.release();
  });

  it('is not taken from one whose clock is wrong but who lives', async () => {
    await heldBy('bob@elsewhere/7/x/y', OLD);
    const beats = setInterval(
      () => void change({ renewTime: `2020-01-01T00:00:${Math.floor(10 + Math.random() * 49)}.000000Z` }),
      RENEW,
    );
    await expect(take()).rejects.toThrow('run by bob@elsewhere');
    clearInterval(beats);
  });

  it.runIf(process.platform === 'linux')(
    'is taken at once from a process of this machine that is gone',
    async () => {
      const first = await take();
      const { pid } = spawnSync('true');
      const holder = (await live())?.spec.holderIdentity.split('/');
      await first.release();
      await heldBy(
        [holder[0], pid, ...holder.slice(2)].join('/'),
        new Date().toISOString().replace('Z', '000Z'),
      );
      await (await take()).release();
      expect(events).toEqual([]);
    },
  );

  it('ends the run that has lost it, and leaves the new holder’s alone', async () => {
    const lease = await take();
    await change({ holderIdentity: 'bob@elsewhere/7/x/y' });
    await expect.poll(() => lease.lost.aborted).toBe(true);
    expect(lease.lost.reason.message).toContain('now has it: run by bob@elsewhere');
    await lease.release();
    expect((await live())?.spec.holderIdentity).toContain('bob');
  });

  it('is done without by who may not write leases, and is told so', async () => {
    const denied = altered(cluster, {
      create: async () => {
        throw new Failure('forbidden', 'no');
      },
    });
    const lease = await RunLease.take(denied, event => events.push(event));
    expect(events).toContainEqual(expect.objectContaining({ type: 'note' }));
    await lease.release();
  });
});
