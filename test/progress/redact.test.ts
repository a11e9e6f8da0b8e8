import { describe, expect, it } from 'vitest';
import { redact } from '../../src/progress/redact.ts';

describe('redaction takes out', () => {
  it.each([
    ['authorization: Bearer abc123.def-456', 'abc123'],
    ['Authorization: Basic dXNlcjpwYXNzd29yZA==', 'dXNlcjpwYXNz'],
    ['GET https://robot:s3cr3t@registry.example.com/v2/', 's3cr3t'],
    ['https://token@registry.example.com/v2/', 'token@'],
    ['POST /token?service=x&password=hunter2&scope=y', 'hunter2'],
    ['--registry-password="two words" rest', 'two words'],
    ['{"auths":{"r":{"username":"u","password":"hunter2"}}}', 'hunter2'],
    ['{"auth": "dXNlcjpodW50ZXIy"}', 'dXNlcjpodW50ZXIy'],
    ['access_token=xyz789', 'xyz789'],
    ['eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln', 'eyJzdWIi'],
    ['identity AGE-SECRET-KEY-1QQPZRY9X8', 'QQPZRY9X8'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----', 'MIIE'],
  ])('%s', (text, credential) => {
    expect(redact(text)).toContain('[redacted]');
    expect(redact(text)).not.toContain(credential);
  });
});

describe('redaction leaves alone', () => {
  it.each([
    'Secret cf/image-registry-credentials: not found',
    'the registry asks for basic authentication',
    'a bearer token is needed, the token: expired',
    'registry.example.com/korifi/abc-packages@sha256:0123456789abcdef',
    'https://registry.example.com/v2/: 404',
    'wrong passphrase: nothing could be decrypted',
  ])('%s', text => expect(redact(text)).toBe(text));
});
