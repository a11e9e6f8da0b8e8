import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import {
  CONVERSIONS,
  convert,
  crossing,
  isImpossible,
  NO_CROSSING,
} from '../../src/foundation/conversions/conversions.ts';
import { skewOf } from '../../src/foundation/versions.ts';
import { kindOf } from './fixtures.ts';

const CROSSING = crossing('v0.8.1', 'v0.18.0');

function object(kind: string, fields: object, apiVersion = 'korifi.cloudfoundry.org/v1alpha1'): KubeObject {
  return { apiVersion, kind, metadata: { name: kind.toLowerCase(), namespace: 'space' }, ...fields };
}

/** Each conversion by its name: an object of the adapter's Korifi, and what becomes of it. */
const EXAMPLES: Readonly<
  Record<string, readonly [old: KubeObject, fields: object, holds?: 'service-credentials']>
> = {
  'service plan': [
    object('CFServiceInstance', { spec: { displayName: 'db', type: 'user-provided' } }),
    { spec: { displayName: 'db', type: 'user-provided', planGuid: '' } },
  ],
  'service credentials': [
    object(
      'Secret',
      { type: 'servicebinding.io/postgres', data: { type: base64('postgres'), uri: base64('pg://ü"') } },
      'v1',
    ),
    { type: 'Opaque', data: { credentials: base64('{"type":"postgres","uri":"pg://ü\\""}') } },
    'service-credentials',
  ],
  'binding type': [
    object('CFServiceBinding', { spec: { appRef: { name: 'app' }, parameters: {} } }),
    { spec: { appRef: { name: 'app' }, parameters: {}, type: 'app' } },
  ],
  'binding parameters': [
    object('CFServiceBinding', { spec: { appRef: { name: 'app' }, type: 'app' } }),
    { spec: { appRef: { name: 'app' }, type: 'app', parameters: {} } },
  ],
  'build state': [
    object('CFBuild', { spec: {}, status: { conditions: [{ type: 'Succeeded', status: 'False' }] } }),
    { spec: {}, status: { state: 'FAILED', conditions: [{ type: 'Succeeded', status: 'False' }] } },
  ],
};

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

describe('the conversions from the adapter to current Korifi', () => {
  it('have an example each', () => {
    expect(CROSSING.conversions.map(({ name }) => name).sort()).toEqual(Object.keys(EXAMPLES).sort());
  });

  it.each(Object.entries(EXAMPLES))('change one thing: %s', (name, [old, fields, holds]) => {
    const only = { ...CROSSING, conversions: CROSSING.conversions.filter(one => one.name === name) };
    const converted = structuredClone(old);
    convert(only, kindOf(old), converted, holds);
    expect(converted).toEqual({ ...old, ...fields });
  });

  it.each(Object.entries(EXAMPLES))('leave the new form as it is: %s', (_name, [old, , holds]) => {
    const once = structuredClone(old);
    convert(CROSSING, kindOf(old), once, holds);
    const twice = structuredClone(once);
    convert(CROSSING, kindOf(old), twice, holds);
    expect(twice).toEqual(once);
  });

  it('leave secrets alone that hold no credentials of a service', () => {
    const [secret] = EXAMPLES['service credentials'] ?? [];
    const env = structuredClone(secret) as KubeObject;
    convert(CROSSING, kindOf(env), env);
    expect(env).toEqual(secret);
  });

  it('do not take a single flat key named credentials for the new form', () => {
    const secret = object('Secret', { type: 'Opaque', data: { credentials: base64('plain') } }, 'v1');
    convert(CROSSING, kindOf(secret), secret, 'service-credentials');
    expect(secret.data).toEqual({ credentials: base64('{"credentials":"plain"}') });
  });

  it('say a build that succeeded is staged, and nothing of one that is undecided', () => {
    const staged = object('CFBuild', { status: { conditions: [{ type: 'Succeeded', status: 'True' }] } });
    const running = object('CFBuild', { status: { conditions: [{ type: 'Succeeded', status: 'Unknown' }] } });
    for (const build of [staged, running]) convert(CROSSING, kindOf(build), build);
    expect([staged.status.state, running.status.state]).toEqual(['STAGED', undefined]);
  });
});

describe('what current Korifi cannot hold', () => {
  const of = (kind: string, name: string, spec: object) => {
    const made = object(kind, { metadata: { name }, spec });
    return isImpossible(CROSSING, kindOf(made), made);
  };
  it('is routes for every host, and domains with long names', () => {
    expect(of('CFRoute', 'route', { host: '*' })).toContain('the host *');
    expect(of('CFRoute', 'route', { host: 'shop' })).toBeUndefined();
    expect(of('CFDomain', 'x'.repeat(64), {})).toContain('more than 63 characters');
    expect(of('CFDomain', 'x'.repeat(63), {})).toBeUndefined();
  });
});

describe('the versions of both sides', () => {
  it.each([
    ['v0.8.1', 'v0.8.1', 'same'],
    ['v0.8.0', 'v0.8.1', 'same'],
    ['v0.18.0', 'v0.16.0', 'same'],
    ['v0.8.1', 'v0.16.0', 'converted'],
    ['v0.8.1', 'v9999.99.99-local.dev', 'converted'],
    ['v0.7.1', 'v0.8.1', 'untried'],
    ['v0.7.1', 'v0.18.0', 'refused'],
    ['v0.8.1', 'v0.15.0', 'refused'],
    ['v0.12.0', 'v0.18.0', 'refused'],
    ['v0.18.0', 'v0.8.1', 'refused'],
    ['v0.8.1', 'main', 'untried'],
  ])('%s into %s: %s', (from, to, verdict) => {
    expect(skewOf(from, to).verdict).toBe(verdict);
  });

  it('decide whether anything is converted', () => {
    expect(CROSSING.conversions).toEqual(CONVERSIONS);
    for (const [from, to] of [
      ['v0.8.1', 'v0.8.1'],
      ['v0.18.0', 'v0.8.1'],
      ['v0.16.0', 'v0.18.0'],
      [undefined, 'v0.18.0'],
    ] as const) {
      expect(crossing(from, to)).toEqual(NO_CROSSING);
    }
  });

  it('of which the newer one is noticed by apps are said to be', () => {
    expect(CROSSING.notices.map(({ text }) => text).join('\n')).toMatch(/no PORT[\s\S]*HTTPRoutes/);
  });
});
