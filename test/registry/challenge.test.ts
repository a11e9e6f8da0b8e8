import { describe, expect, it } from 'vitest';
import { parseChallenges } from '../../src/registry/challenge.ts';

describe('a WWW-Authenticate header', () => {
  it.each([
    ['Basic', [['basic', {}]]],
    ['Basic realm="a \\"b\\", c"', [['basic', { realm: 'a "b", c' }]]],
    [
      'Bearer realm="https://x/t",service=y , scope="repository:a:pull,push"',
      [['bearer', { realm: 'https://x/t', service: 'y', scope: 'repository:a:pull,push' }]],
    ],
    [
      'Basic realm="r", Bearer realm = "t", error="invalid_token"',
      [
        ['basic', { realm: 'r' }],
        ['bearer', { realm: 't', error: 'invalid_token' }],
      ],
    ],
    ['Bearer realm="open', [['bearer', {}]]],
    [
      'Negotiate, Basic realm="r"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'r' }],
      ],
    ],
    ['', []],
    ['=,;', []],
  ])('%s', (header, challenges) => {
    const parsed = parseChallenges(header);
    expect(parsed.map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])).toEqual(
      challenges,
    );
  });
});
