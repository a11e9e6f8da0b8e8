import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseList } from '../../src/cluster/list-body.ts';

/** A buffer of its own. */
function bytesOf(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

/** The list as a whole, its items parsed one by one. */
function read(text: string): Record<string, unknown> {
  const { fields, places, bytes } = parseList(bytesOf(text));
  if (places === undefined) return fields;
  const items: unknown[] = [];
  for (let at = 0; at < places.length; at += 2)
    items.push(JSON.parse(bytes.toString('utf8', places[at], places[at + 1])));
  return { ...fields, items };
}

const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
const list = fc.record({
  kind: fc.string(),
  metadata: object,
  extra: fc.jsonValue({ maxDepth: 2 }),
  items: fc.array(object, { maxLength: 5 }),
});

describe('a list of which the items are parsed one by one', () => {
  it('is the one that is parsed at once, however it is laid out', () => {
    fc.assert(
      fc.property(
        list,
        fc.shuffledSubarray(['kind', 'metadata', 'items', 'extra']),
        fc.nat(2),
        (made, keys, indent) => {
          const text = JSON.stringify(
            Object.fromEntries(keys.map(key => [key, made[key as keyof typeof made]])),
            null,
            indent,
          );
          expect(read(text)).toEqual(JSON.parse(text));
          expect(parseList(bytesOf(text)).places !== undefined).toBe(keys.includes('items'));
        },
      ),
    );
  });

  it.each(['"', '\\', '\\"', '"\\', '\\\\', 'é"'])('is the same with %s anywhere in a long text', odd => {
    for (let before = 0; before < 140; before++) {
      for (const behind of [0, 1, 63, 70]) {
        const items = [{ a: 'x'.repeat(before) + odd + 'y'.repeat(behind) }, { b: 1 }];
        expect(read(JSON.stringify({ items }))).toEqual({ items });
      }
    }
  });

  it.each([
    ['{"items":null}'],
    ['{"items":{"items":[{}]}}'],
    ['{"items":[1,{"a":2}]}'],
    ['{"items":[{"a":1}],"items":[{"b":2}]}'],
    ['{"metadata":{"items":[{"a":1}]},"items":[]}'],
    ['{"x":"\\"items\\":[{","items":[{"a":"}]\\\\"}]}'],
    ['{}'],
    ['{"it\\u0065ms":[{"a":1}]}'],
  ])('is the same for %s', text => {
    expect(read(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['{"items":[{}'],
    ['{"items":[{} {}]}'],
    ['{"items":[{},]}'],
    ['{"items":[{"a":1}]'],
    ['{"items":[{"a":1}]}}'],
    ['{"items":[{"a'],
    ['{"a" 1,"items":[]}'],
    [''],
  ])('is refused where the whole would be: %s', text => {
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(() => read(text)).toThrow(SyntaxError);
  });
});
