import { describe, expect, it } from 'vitest';
import { Flow } from '../../src/base/flow.ts';
import { TRANSFERS_IN_FLIGHT } from '../../src/base/limits.ts';

describe('the flow of transfers', () => {
  it('is raised and lowered within its bounds', () => {
    const flow = new Flow(2, 3);
    flow.raise();
    flow.raise();
    expect(flow.limit).toBe(3);
    for (let times = 0; times < 5; times++) flow.lower();
    expect(flow.limit).toBe(1);
  });

  it('begins with no more than is allowed, and is bounded by default', () => {
    expect(new Flow(16, 4).limit).toBe(4);
    expect(new Flow(4).most).toBe(TRANSFERS_IN_FLIGHT);
  });

  it('follows what helps until a person has said what they want', () => {
    const flow = new Flow(6, 20);
    flow.suggest(12);
    expect(flow.limit).toBe(12);
    flow.suggest(40);
    expect(flow.limit).toBe(20);
    flow.lower();
    flow.suggest(12);
    expect(flow.limit).toBe(19);
  });

  it('holds everybody back during a pause, however often it is asked for', async () => {
    const flow = new Flow(1);
    await flow.turn();
    flow.pause();
    flow.pause();
    expect(flow.isPaused).toBe(true);
    let passed = 0;
    const waiting = [flow.turn(), flow.turn()].map(turn => turn.then(() => passed++));
    await new Promise(resolve => setTimeout(resolve, 5));
    expect(passed).toBe(0);
    flow.resume();
    await Promise.all(waiting);
    expect(passed).toBe(2);
    expect(flow.isPaused).toBe(false);
  });

  it('lets go of who waits when the run is interrupted', async () => {
    const flow = new Flow(1);
    flow.pause();
    const stop = new AbortController();
    const turn = flow.turn(stop.signal);
    stop.abort(new Error('interrupted'));
    await expect(turn).rejects.toThrow('interrupted');
    await expect(flow.turn(stop.signal)).rejects.toThrow('interrupted');
  });
});
