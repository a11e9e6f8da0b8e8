import { describe, expect, it } from 'vitest';
import { Recorder } from '../../src/progress/recorder.ts';
import { Tally } from '../../src/progress/tally.ts';

describe('the record of a run', () => {
  it('has the phases, waves and waits with their times', () => {
    const clock = { at: 50_000 };
    const [tally, recorder] = [new Tally(() => clock.at), new Recorder(() => clock.at)];
    const unfollow = recorder.follow(tally);
    const { report } = tally;
    const pass = (seconds: number) => {
      clock.at += seconds * 1000;
    };
    report({ type: 'phase', phase: 'resources' });
    pass(1);
    report({ type: 'wave-started', wave: 1, of: 2, kinds: ['CFOrg'], objects: 2 });
    report({ type: 'object-done', kind: 'CFOrg', name: 'a', how: 'created' });
    report({ type: 'object-done', kind: 'CFOrg', name: 'b', how: 'failed' });
    report({ type: 'waiting', subject: 'CFOrg a', for: 'Ready', left: 1 });
    pass(2);
    report({ type: 'waiting', subject: 'CFOrg a', for: 'Ready', message: 'nearly', left: 1 });
    pass(3);
    report({ type: 'waited', subject: 'CFOrg a' });
    report({ type: 'wave-done', wave: 1 });
    report({ type: 'retry', subject: 'r', reason: 'reset', attempt: 1, delayMs: 1 });
    report({ type: 'retry', subject: 'r', reason: 'reset', attempt: 2, delayMs: 1 });
    unfollow();
    expect(recorder.record()).toMatchObject({
      seconds: 6,
      phases: [{ phase: 'resources', from: 0, seconds: 6, what: '1 created, 1 failed, 2 retries' }],
      waves: [
        {
          ...{ wave: 1, kinds: ['CFOrg'], objects: 2, from: 1, seconds: 5, waited: 1 },
          outcomes: { created: 1, failed: 1 },
          waits: [{ subject: 'CFOrg a', for: 'Ready', message: 'nearly', from: 1, seconds: 5 }],
        },
      ],
      retries: 2,
      retried: [{ subject: 'r', reason: 'reset', times: 2 }],
    });
  });

  it('leaves the time between two parts out, and closes what an error left open', () => {
    const clock = { at: 0 };
    const recorder = new Recorder(() => clock.at);
    for (const phase of ['preflight', 'images'] as const) {
      const tally = new Tally(() => clock.at);
      const unfollow = recorder.follow(tally);
      tally.report({ type: 'phase', phase });
      clock.at += 2000;
      unfollow();
      clock.at += 60_000;
    }
    const { seconds, phases } = recorder.record();
    expect({ seconds, phases }).toEqual({
      seconds: 4,
      phases: [
        { phase: 'preflight', from: 0, seconds: 2, what: '' },
        { phase: 'images', from: 2, seconds: 2, what: '' },
      ],
    });
  });
});
