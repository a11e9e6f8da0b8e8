import { describe, expect, it } from 'vitest';
import { parseLabelSelector } from '../../src/foundation/label-selector.ts';

const WEB = { tier: 'web', 'example.com/team': 'shop', empty: '' };

describe('a label selector', () => {
  it.each([
    ['tier=web', true],
    ['tier==web', true],
    ['tier=worker', false],
    ['tier!=worker', true],
    ['none!=web', true],
    ['tier in (worker, web)', true],
    ['tier notin (worker,web)', false],
    ['none notin (a)', true],
    ['example.com/team', true],
    ['!example.com/team', false],
    ['!none,tier in (web),example.com/team=shop', true],
    ['tier=web,tier=worker', false],
    ['empty=', true],
  ])('%s: %s', (selector, expected) => {
    expect(parseLabelSelector(selector)(WEB)).toBe(expected);
  });

  it.each(['', ' ', 'a in b', 'a=b=c', 'a b', 'in (a)', '=a'])('%j is none', selector => {
    expect(() => parseLabelSelector(selector)).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  it('never matches by a name that every object has', () => {
    expect(parseLabelSelector('toString')(WEB)).toBe(false);
  });
});
