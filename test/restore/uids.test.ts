import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Uids } from '../../src/restore/uids.ts';

describe('UIDs', () => {
  it('come back as they were, whatever they are', () => {
    const uids = new Uids();
    const given = [
      ...Array.from({ length: 1000 }, () => randomUUID()),
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
      // Opaque texts that only look like one.
      'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
      'ffffffff-ffff-ffff-ffff-ffffffffffff0',
      'an-uid-of-another-kind',
      '',
    ];
    const numbers = given.map((_, index) => 3 * (given.length - index));
    for (const [index, uid] of given.entries()) uids.set(numbers[index] ?? 0, uid);
    expect(numbers.map(number => uids.get(number))).toEqual(given);
  });

  it('are the last ones that were set, and none where none was', () => {
    const uids = new Uids();
    const [first, second] = [randomUUID(), randomUUID()];
    for (const uid of ['a text', first, second]) uids.set(7, uid);
    expect(uids.get(7)).toBe(second);
    uids.set(7, 'a text');
    expect([uids.get(0), uids.get(6), uids.get(7), uids.get(8)]).toEqual([
      undefined,
      undefined,
      'a text',
      undefined,
    ]);
  });
});
