import { describe, expect, it } from 'vitest';
import { loginDocument } from '../../src/foundation/login-document.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const object = (kind: string, data?: object) => ({ apiVersion: 'v1', kind, metadata: { name: 'one' }, data });
const AUTHS = { 'r.example.com': { auth: base64('robot:secret') } };

describe('the registry logins of a Secret', () => {
  it.each([
    ['.dockerconfigjson', { auths: AUTHS }],
    ['.dockercfg', AUTHS],
  ])('are a docker configuration, whichever of both forms they have: %s', (key, document) => {
    const text = loginDocument(object('Secret', { [key]: base64(JSON.stringify(document)) }));
    expect(JSON.parse(text ?? '')).toEqual({ auths: AUTHS });
  });

  it('are no JSON when they are none in the Secret', () => {
    const text = loginDocument(object('Secret', { '.dockercfg': base64('none') })) ?? '';
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });

  it.each([
    object('Secret', { password: base64('secret') }),
    object('Secret', { '.dockercfg': 7 }),
    object('Secret'),
    object('ConfigMap', { '.dockercfg': base64('{}') }),
  ])('are none: %j', one => {
    expect(loginDocument(one)).toBeUndefined();
  });
});
