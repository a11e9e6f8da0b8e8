import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ring } from '../../src/registry/ring.ts';

/** Takes what there is room for, `-` gives the first back: where each lies, or none. */
function places(bytes: number, steps: readonly (number | '-')[]): (number | undefined)[] {
  const ring = new Ring(bytes);
  return steps.flatMap(step => {
    if (step !== '-') return [ring.take(step)?.byteOffset];
    ring.giveBackFirst();
    return [];
  });
}

describe('the memory of parts', () => {
  it.each([
    ['one behind the other', 10, [4, 4, 2], [0, 4, 8]],
    ['none that has no room', 10, [4, 4, 4], [0, 4, undefined]],
    ['from the beginning again when there is no room behind', 10, [4, 4, '-', 3], [0, 4, 0]],
    ['never where another one is', 10, [4, 4, '-', 3, 2, 1], [0, 4, 0, undefined, 3]],
    ['from the beginning when nothing is taken', 10, [4, 4, '-', '-', 9], [0, 4, 0]],
    ['an empty one too', 10, [0, 10, 0], [0, 0, 10]],
    ['none that is larger than all', 10, [11], [undefined]],
  ] as const)('places them %s', (_, bytes, steps, expected) => {
    expect(places(bytes, steps)).toEqual(expected);
  });

  it('is never given to two, whatever is taken and given back', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant('-' as const))), steps => {
        const ring = new Ring(100);
        const taken: { buffer: Buffer; mark: number }[] = [];
        for (const [mark, step] of steps.entries()) {
          if (step === '-') {
            const first = taken.shift();
            if (first === undefined) continue;
            expect(first.buffer.every(byte => byte === first.mark)).toBe(true);
            ring.giveBackFirst();
          } else {
            const buffer = ring.take(step)?.fill(mark);
            if (buffer !== undefined) taken.push({ buffer, mark });
          }
        }
      }),
    );
  });
});
