import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/base/errors.ts';
import { withWayOn } from '../../src/commands/runs/resume-export.ts';

const BROKEN = new Failure('io-error', 'the medium does not answer', { hints: ['try another medium'] });

describe('the way on from an export that failed', () => {
  it.each([
    ['nothing', []],
    ['synced', [/^what was written is kept; go on with: kubectl asa-backup export b\.tar --resume$/]],
    [
      'doubtful',
      [/never took: put the medium in again, or mount it anew, and only then go on with: kubectl/],
    ],
  ] as const)('from %s', (left, hints) => {
    expect(withWayOn(BROKEN, 'b.tar', {}, left)).toMatchObject({
      code: 'io-error',
      hints: ['try another medium', ...hints.map(hint => expect.stringMatching(hint))],
    });
  });
});
