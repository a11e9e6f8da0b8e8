import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ImageMap, parseMapRule } from '../../src/foundation/image-map.ts';
import { rewriteValues } from '../../src/foundation/values.ts';
import { parseReference } from '../../src/registry/reference.ts';

const DIGEST = `@sha256:${'a'.repeat(64)}`;

function map(rules: Record<string, string>): ImageMap {
  return new ImageMap(Object.entries(rules).map(([from, to]) => ({ from, to })));
}

describe('an image', () => {
  const rules = map({
    'old.example.com/asa/adapter-': 'new.example.com/cf/',
    'old.example.com/asa': 'new.example.com/other',
    'old.example.com:5000': 'new.example.com/port/',
    'docker.io/library': 'new.example.com/hub',
    'with.example.com/slash/': 'new.example.com/plain',
  });

  it.each<[string, string | undefined]>([
    [`old.example.com/asa/adapter-1-packages${DIGEST}`, `new.example.com/cf/1-packages${DIGEST}`],
    ['old.example.com/asa/adapter-1-packages:v1', 'new.example.com/cf/1-packages:v1'],
    ['old.example.com/asa/adapter', 'new.example.com/other/adapter'],
    ['old.example.com/asa', 'new.example.com/other'],
    ['old.example.com/asatoo', undefined],
    ['old.example.com:5000/a/b:v1', 'new.example.com/port/a/b:v1'],
    ['old.example.com/elsewhere', undefined],
    ['ubuntu', 'new.example.com/hub/ubuntu'],
    [`docker.io/library/ubuntu:22.04${DIGEST}`, `new.example.com/hub/ubuntu:22.04${DIGEST}`],
    ['with.example.com/slash/a', 'new.example.com/plain/a'],
  ])('%s comes to %s', (text, expected) => {
    expect(rules.map(text)).toBe(expected);
  });

  it.each([
    ['new.example.com/mirror', 'new.example.com/mirror/library/ubuntu'],
    ['new.example.com/mirror/', 'new.example.com/mirror/library/ubuntu'],
    ['new.example.com/all-', 'new.example.com/all-library/ubuntu'],
  ])('that no rule covers comes to the catch-all %s', (to, expected) => {
    expect(map({ '*': to }).map('ubuntu')).toBe(expected);
  });

  it('keeps its tag and digest, whatever the rules', () => {
    const place = fc.constantFrom(
      'a.example.com',
      'a.example.com/x',
      'a.example.com/x-',
      'a.example.com/x/',
      '*',
    );
    const target = fc.constantFrom(
      'b.example.com',
      'b.example.com/y',
      'b.example.com/y-',
      'b.example.com/y/',
    );
    const suffix = fc.constantFrom('', ':v1', DIGEST, `:v1${DIGEST}`);
    const path = fc.constantFrom('x', 'x/y', 'x-1', 'z/z');
    fc.assert(
      fc.property(fc.array(fc.record({ from: place, to: target })), path, suffix, (rules, path, suffix) => {
        const text = `a.example.com/${path}${suffix}`;
        const mapped = new ImageMap(rules).map(text);
        if (mapped === undefined) return;
        const { tag, digest } = parseReference(text);
        const { registry, path: newPath, ...kept } = parseReference(mapped);
        expect([registry, newPath]).toEqual(['b.example.com', expect.stringMatching(/^[a-z0-9]/)]);
        expect(kept).toEqual({ ...(tag && { tag }), ...(digest && { digest }) });
      }),
    );
  });
});

describe('--registry-map', () => {
  it('reads FROM=TO', () => {
    expect(parseMapRule('a.example.com/x-=b.example.com/y/')).toEqual({
      from: 'a.example.com/x-',
      to: 'b.example.com/y/',
    });
    expect(parseMapRule('*=b.example.com:5000')).toEqual({ from: '*', to: 'b.example.com:5000' });
  });

  it.each(['', 'a', '=b', 'a=', 'a=b=c', 'a b=c', 'https://a=b', 'a=*'])('refuses %j', text => {
    expect(() => parseMapRule(text)).toThrow(
      expect.objectContaining({ code: 'usage', message: 'expected FROM=TO, two beginnings of repositories' }),
    );
  });
});

describe('package values', () => {
  const rules = map({ 'old.example.com/asa/adapter-': 'new.example.com/cf-', '*': 'new.example.com/all' });

  it.each([
    ['repository_prefix: old.example.com/asa/adapter-', 'repository_prefix: new.example.com/cf-'],
    [`image: "old.example.com/asa/adapter-a:v1${DIGEST}"`, `image: "new.example.com/cf-a:v1${DIGEST}"`],
    ['hostname: old.example.com # was old.example.com', 'hostname: new.example.com # was old.example.com'],
    ['# old.example.com/asa/adapter-', '# old.example.com/asa/adapter-'],
    ["url: 'https://old.example.com'", "url: 'https://new.example.com'"],
    ['{"auths":{"old.example.com":{"username":"u"}}}', '{"auths":{"new.example.com":{"username":"u"}}}'],
    ['note: "a # is no comment" # old.example.com', 'note: "a # is no comment" # old.example.com'],
    ["owner: it's #1 at old.example.com", "owner: it's #1 at old.example.com"],
    ['fqdn: api.old.example.com', 'fqdn: api.old.example.com'],
    ['other: old.example.com:8443', 'other: old.example.com:8443'],
    ['path: some/path', 'path: some/path'],
    ['default_domain: apps.example.com', 'default_domain: apps.example.com'],
  ])('%s', (before, after) => {
    expect(rewriteValues(before, rules)).toBe(after);
  });

  it('keep every line that names no registry', () => {
    const yaml = '---\napi_ingress:\n  fqdn: api.example.com   # keep\n\n  tls: {secret_name: "x"}\n';
    expect(rewriteValues(yaml, rules)).toBe(yaml);
  });

  it('keep a host whose repositories go to different registries', () => {
    const split = map({ 'old.example.com/a': 'one.example.com', 'old.example.com/b': 'two.example.com' });
    expect(rewriteValues('hostname: old.example.com', split)).toBe('hostname: old.example.com');
  });

  it('know Docker Hub by all its names', () => {
    expect(rewriteValues('image: docker.io/acme/web:1', map({ 'docker.io/acme': 'new.example.com' }))).toBe(
      'image: new.example.com/web:1',
    );
  });
});
