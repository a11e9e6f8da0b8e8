import { describe, expect, it } from 'vitest';
import { Flow } from '../../src/base/flow.ts';
import { Pace } from '../../src/registry/pace.ts';

/** Plays a line that brings `rate(limit)` bytes a millisecond, for some seconds; the limits that were tried. */
function play(
  flow: Flow,
  rate: (limit: number, second: number) => number,
  seconds: number,
  distanceMs = 0,
): number[] {
  let now = 0;
  const pace = new Pace(flow, distanceMs, () => now);
  const limits: number[] = [];
  for (; now < seconds * 1000; now += 10) {
    pace.passed(rate(flow.limit, now / 1000) * 10);
    if (limits.at(-1) !== flow.limit) limits.push(flow.limit);
  }
  return limits;
}

describe('the number of transfers in flight', () => {
  it('grows as long as more of them bring more: a far registry', () => {
    expect(play(new Flow(8), limit => limit * 50, 3)).toEqual([8, 12, 18, 27, 32]);
  });

  it('is large from the start when the registry is far away', () => {
    expect(play(new Flow(8), limit => limit * 50, 3, 40)).toEqual([32]);
    expect(play(new Flow(8), () => 1000, 3, 20)).toEqual([16, 24, 16]);
    expect(play(new Flow(8, 10), () => 1000, 3, 40)).toEqual([10]);
    expect(play(new Flow(8), () => 1000, 3, 2)).toEqual([8, 12, 8]);
  });

  it('goes back to what was best when more brings nothing: a near one', () => {
    expect(play(new Flow(8), () => 1000, 3)).toEqual([8, 12, 8]);
    expect(play(new Flow(8), limit => Math.min(limit, 14) * 50, 3)).toEqual([8, 12, 18, 27, 18]);
  });

  it('goes down again when more are worse', () => {
    expect(play(new Flow(8), limit => 10_000 / limit, 3)).toEqual([8, 12, 8]);
  });

  it('is tried again after a while', () => {
    const flow = new Flow(8);
    play(flow, (limit, second) => (second < 5 ? 1000 : limit * 50), 20);
    expect(flow.limit).toBe(32);
  });

  it('stays what a person said', () => {
    const flow = new Flow(8);
    flow.lower();
    play(flow, limit => limit * 50, 3);
    expect(flow.limit).toBe(7);
  });
});
