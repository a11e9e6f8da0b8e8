import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Pace } from '../../src/cluster/pace.ts';

describe('the pace of requests', () => {
  it('is halved by every refusal, and grows again with what is answered', async () => {
    const pace = new Pace(8);
    const ask = (refused: boolean) =>
      pace.take(
        async () => refused,
        outcome => outcome,
      );
    await ask(true);
    await ask(true);
    expect(pace.limit).toBe(2);
    for (let answer = 0; answer < 40; answer++) await ask(false);
    expect(pace.limit).toBe(4);
    for (let refusal = 0; refusal < 9; refusal++) await ask(true);
    expect(pace.limit).toBe(1);
  });

  it('lets no more through than that, and everybody in the end', async () => {
    const pace = new Pace(8);
    for (let refusal = 0; refusal < 2; refusal++)
      await pace.take(
        async () => true,
        () => true,
      );
    let [now, most, done] = [0, 0, 0];
    const request = async () => {
      most = Math.max(most, ++now);
      await sleep(2);
      now--;
      done++;
    };
    await Promise.all(Array.from({ length: 15 }, () => pace.take(request, () => false)));
    expect([most, done]).toEqual([2, 15]);
  });
});
