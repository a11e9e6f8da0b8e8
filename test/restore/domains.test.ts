import { describe, expect, it } from 'vitest';
import type { KorifiFacts } from '../../src/archive/plan.ts';
import type { KubeObject } from '../../src/base/object.ts';
import { descriptorOf } from '../../src/foundation/catalog.ts';
import { type DomainRule, Domains, parseDomainRule } from '../../src/restore/domains.ts';

type Pairs = readonly (readonly [object: string, name: string])[];

function facts(defaultDomain: string, domains: Pairs): KorifiFacts {
  return {
    rootNamespace: 'cf',
    containerRegistrySecretNames: [],
    defaultDomain,
    domains: domains.map(([object, name]) => ({ object, name })),
  };
}

const SOURCE = facts('apps.old.example.com', [
  ['apps.old.example.com', 'apps.old.example.com'],
  ['shop', 'shop.example.com'],
]);
const korifi = (kind: string) => descriptorOf('korifi.cloudfoundry.org', kind) ?? never();

function never(): never {
  throw new TypeError('not in the catalog');
}

function object(kind: string, name: string, spec: object): KubeObject {
  return { apiVersion: 'korifi.cloudfoundry.org/v1alpha1', kind, metadata: { name, namespace: 'cf' }, spec };
}
const route = (domain: string) => object('CFRoute', 'route', { host: 'a', domainRef: { name: domain } });
const domain = (name: string, called: string) => object('CFDomain', name, { name: called });

/** Domains with a route on each of the source's, and the one domain that is in the archive. */
function domains(target: KorifiFacts | undefined, rules: DomainRule[] = []) {
  const made = new Domains({ source: SOURCE, target, rules });
  for (const { object } of SOURCE.domains ?? []) made.see(korifi('CFRoute'), route(object));
  const left = made.see(korifi('CFDomain'), domain('shop', 'shop.example.com'));
  const leadsTo = (name: string): string => {
    const changed = route(name);
    made.rewrite(korifi('CFRoute'), changed);
    return changed.spec.domainRef.name;
  };
  return { made, left, leadsTo, findings: made.findings().map(({ code }) => code) };
}

describe('the domains of a restore', () => {
  it('are the same where the target has them under other names of their objects', () => {
    const target = facts('apps.old.example.com', [
      ['default-domain', 'apps.old.example.com'],
      ['my-shop', 'shop.example.com'],
    ]);
    const { left, leadsTo, findings } = domains(target);
    expect(left).toBe('the target has the domain shop.example.com already, as my-shop');
    expect([leadsTo('shop'), leadsTo('apps.old.example.com')]).toEqual(['my-shop', 'default-domain']);
    expect(findings).toEqual([]);
  });

  it('move from the default domain of the source to that of the target, which is told', () => {
    const { leadsTo, left, made } = domains(
      facts('apps.new.example.com', [['default-domain', 'apps.new.example.com']]),
    );
    expect(leadsTo('apps.old.example.com')).toBe('default-domain');
    expect([left, leadsTo('shop')]).toEqual([undefined, 'shop']);
    expect(made.findings().map(({ text }) => text)).toEqual([
      'routes of apps.old.example.com come to apps.new.example.com',
    ]);
  });

  it('go where a person says, before all else', () => {
    const target = facts('apps.new.example.com', [
      ['default-domain', 'apps.new.example.com'],
      ['other', 'other.example.com'],
    ]);
    const rules = [
      { from: 'apps.old.example.com', to: 'other.example.com' },
      { from: 'shop.example.com', to: 'store.example.com' },
    ];
    const { leadsTo, made, findings } = domains(target, rules);
    expect(leadsTo('apps.old.example.com')).toBe('other');
    const wanted = domain('shop', 'shop.example.com');
    made.rewrite(korifi('CFDomain'), wanted);
    expect(wanted.spec.name).toBe('store.example.com');
    expect(findings).toEqual(['domain-moves', 'domain-moves']);
  });

  it('that overlap with one of the target are found before anything is written', () => {
    const target = facts('apps.old.example.com', [
      ['default-domain', 'apps.old.example.com'],
      ['all', 'example.com'],
    ]);
    const { made } = domains(target);
    expect(made.findings()).toMatchObject([
      {
        severity: 'refuse',
        text: "the domain shop.example.com (CFDomain shop) cannot stand beside the target's example.com (CFDomain all)",
      },
    ]);
    const same = facts('apps.old.example.com', [
      ['default-domain', 'apps.old.example.com'],
      ['shop', 'else.example.org'],
    ]);
    expect(domains(same).findings).toEqual(['domain-clashes']);
  });

  it('that a rule brings too near to each other are found likewise, and are then joined', () => {
    const target = facts('apps.new.example.com', [['default-domain', 'apps.new.example.com']]);
    const made = (to: KorifiFacts | undefined, ...rules: DomainRule[]) => {
      const both = new Domains({ source: SOURCE, target: to, rules });
      both.see(korifi('CFDomain'), domain('apps.old.example.com', 'apps.old.example.com'));
      both.see(korifi('CFDomain'), domain('shop', 'shop.example.com'));
      return both;
    };
    const near = { from: 'shop.example.com', to: 'shop.x.example.org' };
    const above = { from: 'apps.old.example.com', to: 'x.example.org' };
    for (const to of [target, undefined]) {
      const refusing = made(to, near, above)
        .findings()
        .filter(({ severity }) => severity === 'refuse');
      expect(refusing).toMatchObject([
        {
          code: 'domain-clashes',
          text: 'the domain shop.x.example.org (CFDomain shop) cannot stand beside x.example.org (CFDomain apps.old.example.com), which comes with it',
        },
      ]);
      expect(
        made(to, near)
          .findings()
          .filter(({ severity }) => severity === 'refuse'),
      ).toEqual([]);
    }
    const onto = { from: 'shop.example.com', to: 'apps.new.example.com' };
    expect([made(target, near).joins, made(target, onto).joins]).toEqual([false, true]);
  });

  it('that nobody makes are missed, with how many routes they have', () => {
    const { defaultDomain: _, ...target } = facts('', []);
    const { made } = domains(target);
    expect(made.findings()).toMatchObject([
      { severity: 'refuse', text: expect.stringContaining('does not have the domain apps.old.example.com') },
    ]);
  });

  it('stay as they are where Korifi comes with the archive', () => {
    const { leadsTo, left, findings } = domains(undefined);
    expect([leadsTo('apps.old.example.com'), left, findings]).toEqual([
      'apps.old.example.com',
      undefined,
      [],
    ]);
  });

  it('that the adapter makes from its values move by their rule where Korifi comes with the archive', () => {
    const to = 'apps.new.example.com';
    const rules = [
      { from: 'apps.old.example.com', to },
      { from: 'shop.example.com', to: 'store.example.com' },
      { from: 'api.old.example.com', to: 'api.new.example.com' },
    ];
    const { made, left, leadsTo } = domains(undefined, rules);
    expect([leadsTo('apps.old.example.com'), leadsTo('shop'), left]).toEqual([to, 'shop', undefined]);
    expect(made.findings().map(({ subject }) => subject)).toEqual(['api.old.example.com']);
    expect(made.inValues('api.old.example.com')).toBe('api.new.example.com');
    expect(made.findings()).toEqual([]);
    // An archive's own CFDomain keeps the name of its object, whatever that is.
    made.see(korifi('CFDomain'), domain('apps.old.example.com', 'apps.old.example.com'));
    expect(leadsTo('apps.old.example.com')).toBe('apps.old.example.com');
  });

  it('that a person names wrong are refused', () => {
    const target = facts('apps.old.example.com', [['default-domain', 'apps.old.example.com']]);
    const rules = [{ from: 'nowhere.example.com', to: 'shop.example.com' }];
    expect(domains(target, rules).findings).toEqual(['domain-unknown']);
    expect(parseDomainRule('Apps.Old.example.com=apps.example.com')).toEqual({
      from: 'apps.old.example.com',
      to: 'apps.example.com',
    });
    for (const text of ['a', 'a=b', 'a.b=', 'a.b=c.d=e.f', '*.a.b=c.d', 'a..b=c.d']) {
      expect(() => parseDomainRule(text), text).toThrow('expected OLD=NEW, two domains');
    }
  });
});
