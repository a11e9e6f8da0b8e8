import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyOf, isEqual } from '../../src/sandbox/apiserver/json.ts';
import { jsonPatch, mergePatch } from '../../src/sandbox/apiserver/patches.ts';
import { labelMatcher } from '../../src/sandbox/apiserver/selectors.ts';
import { StatusError } from '../../src/sandbox/apiserver/status-error.ts';

describe('a merge patch', () => {
  // RFC 7396, appendix A.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('on %j of %j gives %j', (target, patch, result) => {
    const before = copyOf(target);
    expect(mergePatch(target, patch)).toEqual(result);
    expect(target).toEqual(before);
  });

  it('gives the same when it is made twice', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (target, patch) => {
        const once = mergePatch(target, patch);
        expect(isEqual(mergePatch(once, patch), once)).toBe(true);
      }),
    );
  });
});

describe('a JSON patch', () => {
  // After RFC 6902, appendix A.
  it.each([
    [{ foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { foo: 'bar', baz: 'qux' }],
    [{ foo: ['bar', 'baz'] }, [{ op: 'add', path: '/foo/1', value: 'qux' }], { foo: ['bar', 'qux', 'baz'] }],
    [{ baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
    [{ foo: ['bar', 'qux', 'baz'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['bar', 'baz'] }],
    [{ baz: 'qux' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo' }],
    [{ a: { b: 1 }, c: {} }, [{ op: 'move', from: '/a/b', path: '/c/d' }], { a: {}, c: { d: 1 } }],
    [{ a: [1, 2, 3] }, [{ op: 'move', from: '/a/0', path: '/a/2' }], { a: [2, 3, 1] }],
    [{ a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
    [{ a: [] }, [{ op: 'add', path: '/a/-', value: 1 }], { a: [1] }],
    [
      { 'a/b': 1, 'm~n': 2 },
      [
        { op: 'test', path: '/a~1b', value: 1 },
        { op: 'remove', path: '/m~0n' },
      ],
      { 'a/b': 1 },
    ],
    [{ a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
  ])('on %j of %j gives %j', (target, patch, result) => {
    const before = copyOf(target);
    expect(jsonPatch(target, patch)).toEqual(result);
    expect(target).toEqual(before);
  });

  it.each([
    [[{ op: 'test', path: '/a', value: 2 }]],
    [[{ op: 'remove', path: '/none' }]],
    [[{ op: 'replace', path: '/none', value: 1 }]],
    [[{ op: 'add', path: '/none/deep', value: 1 }]],
    [[{ op: 'add', path: '/list/7', value: 1 }]],
    [[{ op: 'explode', path: '/a' }]],
    [[{ op: 'add', path: 'a', value: 1 }]],
    [{ op: 'add' }],
  ])('that cannot be made is refused: %j', patch => {
    expect(() => jsonPatch({ a: 1, list: [] }, patch)).toThrow(StatusError);
  });
});

describe('a label selector', () => {
  const object = (labels: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'X',
    metadata: { name: 'x', labels },
  });
  const label = fc.stringMatching(/^[a-z]([a-z.-]{0,8}[a-z])?$/);

  it('finds what bears the label, and its opposite what does not', () => {
    fc.assert(
      fc.property(fc.dictionary(label, label), label, label, (labels, key, value) => {
        const found = labelMatcher(`${key}=${value}`)(object(labels));
        expect(found).toBe(Object.hasOwn(labels, key) && labels[key] === value);
        expect(labelMatcher(`${key}!=${value}`)(object(labels))).toBe(!found);
        expect(labelMatcher(`${key} in (${value})`)(object(labels))).toBe(found);
        expect(labelMatcher(`${key} notin (${value})`)(object(labels))).toBe(!found);
      }),
    );
  });
});
