import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import { redact } from '../../src/foundation/redact.ts';
import { kindOf } from './fixtures.ts';

const redacted = (object: KubeObject) => redact(kindOf(object), object);
const MARKER = '<redacted>';

describe('a redacted object', () => {
  it('has the keys of a Secret, and values of one length', () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'login', annotations: { note: 'kept' } },
      type: 'Opaque',
      data: { user: 'YQ==', password: Buffer.alloc(500, 'x').toString('base64') },
      stringData: { more: 's3cret' },
    };
    const encoded = Buffer.from(MARKER).toString('base64');
    expect(redacted(secret)).toEqual({
      ...secret,
      data: { user: encoded, password: encoded },
      stringData: { more: MARKER },
    });
    expect(secret.stringData.more).toBe('s3cret');
  });

  it('has nothing in annotations that repeat the object', () => {
    const applied = 'kubectl.kubernetes.io/last-applied-configuration';
    const app = {
      apiVersion: 'korifi.cloudfoundry.org/v1alpha1',
      kind: 'CFApp',
      metadata: {
        name: 'app',
        namespace: 'space',
        annotations: { [applied]: '{"s3cret":1}', 'kapp.k14s.io/original-diff': 's3cret', kept: 'yes' },
      },
      spec: { displayName: 'shop' },
    };
    expect(redacted(app).metadata.annotations).toEqual({
      [applied]: MARKER,
      'kapp.k14s.io/original-diff': MARKER,
      kept: 'yes',
    });
    expect(redacted(app).spec).toEqual({ displayName: 'shop' });
  });

  it('has no files, environment variables, passwords or users of URLs, but their names', () => {
    const app = {
      apiVersion: 'kappctrl.k14s.io/v1alpha1',
      kind: 'App',
      metadata: { name: 'app', namespace: 'install' },
      spec: {
        fetch: [
          { inline: { paths: { 'values.yml': 'password: s3cret' } } },
          { git: { url: 'https://me:s3cret@git.example.com/a', secretRef: { name: 'git-login' } } },
        ],
        template: [{ ytt: { inline: { paths: { 'a.yml': 's3cret' } } } }],
        env: [{ name: 'TOKEN', value: 's3cret' }],
        nested: { adminPassword: 's3cret', passwordKey: 'kept', clientSecret: 's3cret', secretName: 'kept' },
      },
    };
    expect(redacted(app).spec).toEqual({
      fetch: [
        { inline: { paths: { 'values.yml': MARKER } } },
        { git: { url: `https://${MARKER}@git.example.com/a`, secretRef: { name: 'git-login' } } },
      ],
      template: [{ ytt: { inline: { paths: { 'a.yml': MARKER } } } }],
      env: [{ name: 'TOKEN', value: MARKER }],
      nested: { adminPassword: MARKER, passwordKey: 'kept', clientSecret: MARKER, secretName: 'kept' },
    });
  });
});
