import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/base/object.ts';
import { remove, replace, texts, values } from '../../src/foundation/path.ts';

const ROUTE = {
  metadata: {
    name: 'shop',
    annotations: {
      'ext.example.com/paths': 'first',
      'ext.example.com/paths.b': 'third',
      'ext.example.com/paths.a': 'second',
      'other.example.com/paths': 'no',
    },
  },
  spec: {
    host: '',
    spaces: { 'space-1': { running: true }, 'space-2': {} },
    destinations: [{ appRef: { name: 'a' } }, { appRef: { name: 'b' } }, { guid: 'without app' }],
  },
} as Json;

describe('a path', () => {
  it.each<[string, Json[]]>([
    ['metadata.name', ['shop']],
    ['spec.destinations[].appRef.name', ['a', 'b']],
    ['spec.spaces{}', ['space-1', 'space-2']],
    ['metadata.annotations["ext.example.com/paths"]', ['first']],
    ['metadata.annotations["ext.example.com/paths"*]', ['first', 'second', 'third']],
    ['spec.host', ['']],
    ['spec.nothing.below.it', []],
    ['metadata.name[]', []],
    ['spec.destinations.appRef', []],
    ['spec.constructor', []],
  ])('%s leads to %j', (path, expected) => {
    expect(values(ROUTE, path)).toEqual(expected);
  });

  it('yields the texts that are not empty', () => {
    expect(texts(ROUTE, 'spec.host')).toEqual([]);
  });

  it('is refused when it cannot be read', () => {
    expect(() => values(ROUTE, 'spec.a b')).toThrow('not a path: spec.a b');
  });
});

describe('a change at a path', () => {
  const upper = (value: Json) => String(value).toUpperCase();

  it.each<[string, Json[]]>([
    ['spec.destinations[].appRef.name', ['A', 'B']],
    ['metadata.annotations["ext.example.com/paths"*]', ['FIRST', 'SECOND', 'THIRD']],
  ])('%s replaces every value', (path, expected) => {
    const object = structuredClone(ROUTE);
    replace(object, path, upper);
    expect(values(object, path)).toEqual(expected);
  });

  it('renames keys in their places', () => {
    const object = structuredClone(ROUTE);
    replace(object, 'spec.spaces{}', key => (key === 'space-1' ? 'other' : key));
    expect(Object.entries(object as object).at(1)?.[1].spaces).toEqual({
      other: { running: true },
      'space-2': {},
    });
    expect(values(object, 'spec.spaces{}')).toEqual(['other', 'space-2']);
  });

  it('takes elements, fields and keys out', () => {
    const object = structuredClone(ROUTE);
    remove(object, 'spec.destinations[]');
    remove(object, 'spec.spaces{}');
    remove(object, 'metadata.annotations["ext.example.com/paths"*]');
    remove(object, 'metadata.nothing.here');
    expect(object).toEqual({
      metadata: { name: 'shop', annotations: { 'other.example.com/paths': 'no' } },
      spec: { host: '', spaces: {}, destinations: [] },
    });
  });

  it('is what the values read afterwards, for any object', () => {
    const paths = ['a.b', 'a[].b', 'a[]', 'b["a"*]', 'a[].a[].b'];
    const { tree } = fc.letrec<{ tree: Json; leaf: Json }>(tie => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        tie('leaf'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'ab'), tie('tree')),
      ) as fc.Arbitrary<Json>,
      leaf: fc.oneof(fc.string(), fc.integer(), fc.constant(null)) as fc.Arbitrary<Json>,
    }));
    fc.assert(
      fc.property(tree, fc.constantFrom(...paths), (object, path) => {
        const before = values(object, path);
        replace(object, path, value => [value]);
        expect(values(object, path)).toEqual(before.map(value => [value]));
      }),
    );
  });
});
