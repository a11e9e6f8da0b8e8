import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Flow } from '../../src/base/flow.ts';
import type { ProgressEvent } from '../../src/progress/events.ts';
import { ROUTES } from '../../src/progress/phases.ts';
import { Sampler, type Snapshot } from '../../src/progress/snapshot.ts';
import { Tally } from '../../src/progress/tally.ts';

/** A run on a clock that a test moves. */
function newRun(route = ROUTES.export as readonly (typeof ROUTES.export)[number][]) {
  const clock = { at: 0 };
  const tally = new Tally(() => clock.at, route);
  const sampler = new Sampler(tally, () => clock.at);
  const later = (seconds: number) => {
    clock.at += seconds * 1000;
    return sampler.sample();
  };
  return { tally, later, report: tally.report };
}

const planned = (bytes: number, objects = 0, waves = 0) =>
  ({ type: 'planned', bytes, blobs: 3, objects, images: 1, waves }) as const;

describe('a tally', () => {
  it('counts a blob once, however many images share it and however often it starts anew', () => {
    const { report, tally } = newRun();
    report({ type: 'blob-started', digest: 'a', bytes: 100, for: 'one' });
    report({ type: 'blob-progress', digest: 'a', bytes: 80 });
    report({ type: 'blob-started', digest: 'a', bytes: 100, for: 'one' });
    report({ type: 'blob-progress', digest: 'a', bytes: 10 });
    expect(tally.transfers.bytes).toBe(80);
    report({ type: 'blob-done', digest: 'a', bytes: 100, how: 'moved' });
    report({ type: 'blob-done', digest: 'a', bytes: 100, how: 'mounted' });
    expect(tally.transfers.bytes).toBe(100);
    expect(tally.totals).toMatchObject({ movedBlobs: 1, movedBytes: 100, mountedBlobs: 0 });
  });

  it('does not wait for the bytes of a blob that was given up', () => {
    const { report, later } = newRun();
    report(planned(200));
    report({ type: 'blob-done', digest: 'a', bytes: 100, how: 'moved' });
    report({ type: 'blob-started', digest: 'b', bytes: 100, for: 'two' });
    report({ type: 'blob-failed', digest: 'b' });
    expect(later(1)).toMatchObject({ fraction: 1, inFlight: 0 });
  });

  it('adds up what was listed although a list began anew', () => {
    const { report, tally } = newRun();
    report({ type: 'listed', kind: 'CFApp', objects: 500, done: false });
    report({ type: 'listed', kind: 'CFApp', objects: 100, done: false });
    report({ type: 'listed', kind: 'CFApp', objects: 600, done: true });
    expect(tally.totals).toMatchObject({ kinds: 1, listed: 600 });
  });

  it('names the largest blobs in flight first', () => {
    const { report, later } = newRun();
    for (const bytes of [10, 30, 20, 50, 40]) {
      report({ type: 'blob-started', digest: `${bytes}`, bytes, for: `image ${bytes}` });
    }
    const { transfers, inFlight } = later(0);
    expect(transfers.map(({ size }) => size)).toEqual([50, 40, 30, 20]);
    expect(inFlight).toBe(5);
  });

  it('tells what is over, in order and with what happened meanwhile', () => {
    const { report, tally, later } = newRun();
    report({ type: 'phase', phase: 'list' });
    report({ type: 'listed', kind: 'CFApp', objects: 2, done: true });
    report({ type: 'loss', loss: { kind: 'kind-forbidden', subject: 'Secret', reason: 'may not list' } });
    later(2);
    report({ type: 'phase', phase: 'images' });
    report({ type: 'retry', subject: 'registry.example.com', reason: 'reset', attempt: 1, delayMs: 10 });
    report({ type: 'blob-done', digest: 'a', bytes: 1536, how: 'moved' });
    report({ type: 'blob-done', digest: 'b', bytes: 99, how: 'present' });
    later(3);
    tally.end('interrupted');
    expect(tally.milestones).toEqual([
      { mark: 'loss', title: 'loss', text: 'Secret: may not list' },
      { mark: 'done', title: 'list', text: '1 kind, 2 objects, 1 loss', seconds: 2 },
      {
        mark: 'failed',
        title: 'images',
        text: 'interrupted: 1.5 KiB in 1 blob, 1 blob already there, 1 retry',
        seconds: 3,
      },
    ]);
  });

  it('tells twenty losses one by one and leaves the rest to the report, but counts them all', () => {
    const { report, tally } = newRun();
    for (let nth = 1; nth <= 1000; nth++) {
      report({ type: 'loss', loss: { kind: 'object-failed', subject: `object ${nth}`, reason: 'why' } });
    }
    expect(tally.milestones).toHaveLength(21);
    expect(tally.milestones.at(-1)?.text).toBe('further ones are in the report at the end');
    expect(tally.totals.losses).toBe(1000);
  });

  it('takes the controls out of what servers say', () => {
    const { report, later } = newRun();
    report({
      type: 'waiting',
      subject: 'App \u001b[2Jx',
      for: 'Ready',
      message: 'line\r\nline\u202e',
      left: 1,
    });
    expect(later(1).waits).toMatchObject([{ subject: 'App x', message: 'line line' }]);
  });
});

describe('a sampler', () => {
  it('shows the phases that were left out as such, and those to come', () => {
    const { report, tally, later } = newRun();
    report({ type: 'phase', phase: 'connect' });
    report({ type: 'phase', phase: 'resolve' });
    const show = ({ phases }: Snapshot) => phases.map(({ label, state }) => `${label} ${state}`).join(', ');
    expect(show(later(0))).toBe('connect done, plan now, write ahead, finish ahead');
    tally.end('failed');
    expect(show(later(0))).toBe('connect done, plan failed, write ahead, finish ahead');
  });

  it('says that a run stalls, and why when it was a retry that came last', () => {
    const { report, later } = newRun();
    report({ type: 'phase', phase: 'images' });
    expect(later(9).stall).toBeUndefined();
    expect(later(3).stall).toEqual({ seconds: 12, because: 'slow registry' });
    report({ type: 'retry', subject: 'registry.example.com', reason: '503', attempt: 2, delayMs: 5000 });
    expect(later(1).stall).toEqual({ seconds: 13, because: 'registry.example.com: 503' });
    report({ type: 'manifest-done', reference: 'x' });
    expect(later(1).stall).toBeUndefined();
    expect(later(10).stall?.because).toBe('slow registry');
  });

  it('says who is slow: the medium when it holds things up, else the registry that something comes from', () => {
    const { report, later } = newRun();
    report({ type: 'phase', phase: 'list' });
    expect(later(11).stall?.because).toBe('slow cluster');
    report({ type: 'phase', phase: 'write' });
    report({ type: 'blob-started', digest: 'a', bytes: 9, for: 'registry.example.com:5000/a/b' });
    expect(later(11).stall?.because).toBe('slow registry: registry.example.com:5000');
    report({ type: 'held', subject: '/mnt/backup.tar' });
    expect(later(1).stall).toEqual({ seconds: 12, because: 'slow medium: /mnt/backup.tar' });
    report({ type: 'released', subject: '/mnt/backup.tar' });
    expect(later(1).stall).toBeUndefined();
  });

  it('says that somebody has paused it, and does not call that a stall, nor promise what is left', () => {
    const clock = { at: 0 };
    const flow = new Flow(4);
    const tally = new Tally(() => clock.at, ROUTES.export);
    const sampler = new Sampler(tally, () => clock.at, flow);
    const later = (seconds: number) => {
      clock.at += seconds * 1000;
      return sampler.sample();
    };
    tally.report({ type: 'phase', phase: 'write' });
    tally.report(planned(1000));
    tally.report({ type: 'blob-started', digest: 'a', bytes: 1000, for: 'x' });
    for (let second = 1; second <= 5; second++) {
      tally.report({ type: 'blob-progress', digest: 'a', bytes: second * 100 });
      later(1);
    }
    flow.pause();
    later(0);
    expect(later(60)).toMatchObject({ paused: 60, stall: undefined, secondsLeft: undefined, limit: 4 });
    flow.resume();
    later(0);
    expect(later(9)).toMatchObject({ paused: undefined, stall: undefined });
    expect(later(2).stall).toBeDefined();
  });

  it('does not call waiting a stall', () => {
    const { report, later } = newRun();
    report({ type: 'phase', phase: 'resources' });
    report({ type: 'waiting', subject: 'CFOrg cf/acme', for: 'Ready', left: 1 });
    const snapshot = later(60);
    expect(snapshot.stall).toBeUndefined();
    expect(snapshot.waits).toMatchObject([{ subject: 'CFOrg cf/acme', seconds: 60 }]);
  });

  it('keeps the time since when something is waited for while its message changes', () => {
    const { report, later } = newRun();
    report({ type: 'waiting', subject: 'App a', for: 'Ready', message: 'one', left: 2 });
    later(5);
    report({ type: 'waiting', subject: 'App a', for: 'Ready', message: 'two', left: 1 });
    expect(later(5).waits).toMatchObject([{ message: 'two', left: 1, seconds: 10 }]);
    report({ type: 'waited', subject: 'App a' });
    expect(later(0).waits).toEqual([]);
  });

  it('promises what is left once it has looked for three seconds, and nothing while nothing moves', () => {
    const { report, later } = newRun();
    report(planned(1000));
    report({ type: 'blob-started', digest: 'a', bytes: 1000, for: 'x' });
    const left: (number | undefined)[] = [];
    later(0);
    for (let second = 1; second <= 5; second++) {
      report({ type: 'blob-progress', digest: 'a', bytes: second * 100 });
      left.push(later(1).secondsLeft);
    }
    expect(left.slice(0, 3)).toEqual([undefined, undefined, 7]);
    expect(left[4]).toBeCloseTo(5.5, 0);
    expect(later(6).secondsLeft).toBeUndefined();
  });
});

describe('whatever the events, and whenever it looks', () => {
  const digest = fc.constantFrom('a', 'b', 'c', 'd');
  const bytes = fc.nat(1_000_000);
  const how = fc.constantFrom('moved' as const, 'present' as const, 'mounted' as const);
  const event: fc.Arbitrary<ProgressEvent> = fc.oneof(
    fc.record({ type: fc.constant('blob-started' as const), digest, bytes, for: fc.string() }),
    fc.record({ type: fc.constant('blob-progress' as const), digest, bytes }),
    fc.record({ type: fc.constant('blob-done' as const), digest, bytes, how }),
    fc.record({ type: fc.constant('blob-failed' as const), digest }),
    fc.record({
      type: fc.constant('object-done' as const),
      kind: fc.constant('CFApp'),
      name: fc.string(),
      how: fc.constantFrom('created' as const, 'unchanged' as const, 'started' as const, 'failed' as const),
    }),
    fc.record({
      type: fc.constant('planned' as const),
      bytes,
      blobs: fc.nat(4),
      objects: fc.nat(50),
      images: fc.nat(4),
      waves: fc.nat(2),
    }),
    fc.record({
      type: fc.constant('waiting' as const),
      subject: fc.string(),
      for: fc.string(),
      message: fc.string(),
      left: fc.nat(9),
    }),
    fc.record({
      type: fc.constant('retry' as const),
      subject: fc.string(),
      reason: fc.string(),
      attempt: fc.nat(5),
      delayMs: fc.nat(),
    }),
  );
  const steps = fc.array(fc.record({ event, seconds: fc.double({ min: 0, max: 12, noNaN: true }) }), {
    maxLength: 120,
  });

  function snapshotsOf(run: { event: ProgressEvent; seconds: number }[]): Snapshot[] {
    const { report, later } = newRun();
    return run.map(({ event, seconds }) => {
      report(event);
      return later(seconds);
    });
  }

  it('never goes back: neither the share that is done nor the bytes', () => {
    fc.assert(
      fc.property(steps, run => {
        const fractions = snapshotsOf(run)
          .map(({ fraction }) => fraction)
          .filter(fraction => fraction !== undefined);
        expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
        expect(fractions.every(fraction => fraction >= 0 && fraction <= 1)).toBe(true);
      }),
    );
  });

  it('never raises the time left: it shrinks or stands, or is withdrawn before a new one is given', () => {
    fc.assert(
      fc.property(steps, run => {
        const left = snapshotsOf(run).map(({ secondsLeft }) => secondsLeft);
        for (const [index, now] of left.entries()) {
          const before = left[index - 1];
          if (now === undefined || before === undefined) continue;
          expect(now).toBeLessThanOrEqual(before);
          expect(now).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
