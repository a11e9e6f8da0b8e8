import { describe, expect, it } from 'vitest';
import { ImageMap } from '../../src/foundation/image-map.ts';
import { rewriteLogins } from '../../src/restore/logins.ts';

const map = new ImageMap([{ from: 'old.example.com/', to: 'new.example.com:5000/' }]);
const logins = new Map([['new.example.com:5000', { username: 'me', password: 'mine' }]]);
const mine = { username: 'me', password: 'mine', auth: 'bWU6bWluZQ==' };
const other = { auth: 'b3RoZXI6b2xkLmV4YW1wbGUuY29t' };
const login = { username: 'robot', password: 'old.example.com', auth: 'cm9ib3Q6b2xk' };

function secret(type: string, data: Record<string, string>) {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'login' },
    type,
    data: Object.fromEntries(encoded),
  };
}

function rewritten(type: string, key: string, text: string): string {
  const object = secret(type, { [key]: text });
  rewriteLogins(object, map, logins);
  return Buffer.from(object.data[key], 'base64').toString();
}

const MODERN = ['kubernetes.io/dockerconfigjson', '.dockerconfigjson'] as const;

describe('a registry login of the source', () => {
  it('gives way to the login that is known for the registry that takes its place', () => {
    const before = { auths: { 'old.example.com': login, 'other.example.com': other } };
    expect(JSON.parse(rewritten(...MODERN, JSON.stringify(before)))).toEqual({
      auths: { 'new.example.com:5000': mine, 'other.example.com': other },
    });
  });

  it('may be written as a URL, and in the older form', () => {
    const before = { 'https://old.example.com/v1/': login };
    expect(JSON.parse(rewritten('kubernetes.io/dockercfg', '.dockercfg', JSON.stringify(before)))).toEqual({
      'https://new.example.com:5000/v1/': mine,
    });
  });

  it('is never offered to another registry: without a login for that one it stays as it is', () => {
    const object = secret(MODERN[0], {
      [MODERN[1]]: JSON.stringify({ auths: { 'old.example.com': login } }),
    });
    const before = structuredClone(object);
    rewriteLogins(object, map, new Map());
    expect(object).toEqual(before);
  });

  it('keeps its bytes when its registry does not move', () => {
    const before = '{ "auths": { "other.example.com": { "auth": "eDp5" } } }\n';
    expect(rewritten(...MODERN, before)).toBe(before);
  });

  it.each(['', 'no JSON', '[]', '{"auths":7}', 'null'])('stays as it is when it is none: %j', text => {
    expect(rewritten(...MODERN, text)).toBe(text);
  });

  it('is looked for in Secrets of its types only', () => {
    const before = JSON.stringify({ auths: { 'old.example.com': login } });
    expect(rewritten('Opaque', '.dockerconfigjson', before)).toBe(before);
  });
});

describe('a placeholder', () => {
  it('comes back empty: what it holds are copies of what is exported to its namespace', () => {
    const object = secret(MODERN[0], {
      [MODERN[1]]: JSON.stringify({ auths: { 'other.example.com': other } }),
    });
    const annotations = { 'secretgen.carvel.dev/image-pull-secret': '' };
    const placeholder = { ...object, metadata: { ...object.metadata, annotations } };
    rewriteLogins(placeholder, map, logins);
    expect(Buffer.from(placeholder.data[MODERN[1]], 'base64').toString()).toBe('{"auths":{}}');
  });
});
