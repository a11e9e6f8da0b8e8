import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/archive/json.ts';

const parse = (text: string) => parseJson(Buffer.from(text));

describe('JSON that nobody vouches for', () => {
  it('is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json(), text => {
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('may have colons and brackets in its strings', () => {
    const value = { '{"a":': ['\\', '"', '}]:'], b: ':\\"' };
    expect(parse(JSON.stringify(value))).toEqual(value);
  });

  it.each([
    ['{"a":1,"a":2}', 'an object in its JSON has two members of one name'],
    ['[{"b":{"a":1,"\\u0061":1}}]', 'an object in its JSON has two members of one name'],
    ['{"__proto__":1,"__proto__":2}', 'an object in its JSON has two members of one name'],
    ['['.repeat(1_000_000), 'its JSON is nested more than 256 deep'],
    ['{"a":'.repeat(300), 'its JSON is nested more than 256 deep'],
    ['{"password":"hunter2"', 'it is not JSON'],
    ['', 'it is not JSON'],
    ['{} {}', 'it is not JSON'],
  ])('is refused: %.40s', (text, message) => {
    expect(() => parse(text)).toThrow(new SyntaxError(message));
  });

  it('is refused when it is not UTF-8', () => {
    expect(() => parseJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow('it is not UTF-8');
  });
});
