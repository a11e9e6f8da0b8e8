import { describe, expect, it } from 'vitest';
import { Estimate, Rate } from '../../src/progress/rate.ts';

describe('a rate', () => {
  it('looks back as far as its window and no further', () => {
    const rate = new Rate(5_000, 1_000);
    const seen: (number | undefined)[] = [];
    for (let second = 0; second <= 20; second++) {
      rate.add(second * 1000, second <= 10 ? second * 100 : 1000);
      seen.push(rate.perSecond);
    }
    expect(seen[0]).toBeUndefined();
    expect(seen[1]).toBe(100);
    expect(seen[10]).toBe(100);
    expect(seen[13]).toBe(40);
    expect(seen[20]).toBe(0);
  });
});

describe('an estimate', () => {
  const shownAt = (promises: (number | undefined)[]) => {
    const estimate = new Estimate();
    return promises.map((seconds, index) => estimate.next(index * 1000, seconds));
  };

  it('shrinks with good news and stands still with bad news', () => {
    expect(shownAt([60, 59, 61, 64, 57])).toEqual([60, 59.5, 59.5, 59.5, 58.25]);
  });

  it('is withdrawn when it cannot be kept, and given anew only after a silence', () => {
    const shown = shownAt([60, ...Array<number>(20).fill(300)]);
    expect(shown.slice(0, 6)).toEqual(Array(6).fill(60));
    expect(shown.slice(6, 16)).toEqual(Array(10).fill(undefined));
    expect(shown.slice(16)).toEqual(Array(5).fill(300));
  });

  it('overlooks a dip that passes', () => {
    expect(shownAt([60, 300, 300, 58, 300, 300, 57])).not.toContain(undefined);
  });
});
