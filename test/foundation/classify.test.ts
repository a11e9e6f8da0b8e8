import { describe, expect, it } from 'vitest';
import { idOf, type KubeObject, showId } from '../../src/base/object.ts';
import { CATALOG, descriptorOf, kindKey, LISTED } from '../../src/foundation/catalog.ts';
import { classify, heldBack } from '../../src/foundation/classify.ts';
import { controllerApp } from '../../src/foundation/kapp.ts';
import { USER } from '../../src/foundation/kinds/common.ts';
import { FOUNDATION, kindOf, named } from './fixtures.ts';

describe('the catalog', () => {
  it('knows each kind once', () => {
    const names = CATALOG.map(({ group, kind }) => `${kind}.${group}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('says of every kind what is kept, or why nothing is', () => {
    for (const { kind, role, keep, because } of CATALOG) {
      expect([kind, role === 'truth' ? keep : because]).toEqual([kind, expect.any(String)]);
    }
  });

  it('names only kinds that it knows in references and rules of order', () => {
    const named = CATALOG.flatMap(({ references = [], after = [], afterInNamespace = [], touch, start }) => [
      ...references.flatMap(({ to }) => to),
      ...after,
      ...afterInNamespace,
      ...(touch?.after ?? []),
      ...(start?.after ?? []),
    ]);
    const objects = named.filter(({ group, kind }) => kindKey({ group, kind }) !== kindKey(USER));
    expect(objects.filter(({ group, kind }) => descriptorOf(group, kind) === undefined)).toEqual([]);
  });

  it('lists what is truth', () => {
    expect(LISTED.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['CFBuild', 'PackageInstall', 'Secret']),
    );
    expect(LISTED.map(({ kind }) => kind)).not.toContain('Lease');
  });
});

describe('an object of a foundation', () => {
  const objects = Object.entries(FOUNDATION).flatMap(([role, list]) =>
    list.map((object): [string, string, KubeObject] => [showId(idOf(object)), role, object]),
  );

  it.each(objects)('%s is %s', (_, role, object) => {
    expect(classify(kindOf(object), object).role).toBe(role);
  });

  it('that is not kept says why', () => {
    for (const object of [...FOUNDATION.derived, ...FOUNDATION.never]) {
      expect(classify(kindOf(object), object)).toEqual({
        role: expect.any(String),
        because: expect.stringMatching(/\w+ \w+/),
      });
    }
  });

  it.each([
    ['CFApp space-1/app-1', true, 'its kind is CF state'],
    ['Secret space-1/app-1-env', false, 'only what names it keeps it'],
    ['Secret cf/db-password', true, 'its generator would make another value'],
    ['RoleBinding space-1/cf-space-alice', true, 'it is a role of CF'],
    ['ClusterRoleBinding adapter-install-cluster-rolebinding', false, 'only its service account keeps it'],
    ['Namespace install', false, 'only what lives there keeps it'],
  ])('%s belongs to the backup unasked: %s, since %s', (name, unasked) => {
    const object = named(name);
    expect(classify(kindOf(object), object)).toEqual({ role: 'truth', unasked });
  });
});

describe('the label of kapp', () => {
  const record = (name: string, value: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'install', labels: { 'kapp.k14s.io/is-app': '' } },
    data: { spec: JSON.stringify({ labelKey: 'kapp.k14s.io/app', labelValue: value }) },
  });

  it.each([
    ['adapter.app', '17'],
    ['repository.pkgr', '17'],
    ['adapter-ctrl', '17'],
    ['by-hand', undefined],
  ])('in the record of %s belongs to kapp-controller: %s', (name, expected) => {
    expect(controllerApp(record(name, '17'))).toBe(expected);
  });

  it('in a record that cannot be read belongs to nobody', () => {
    expect(controllerApp({ ...record('adapter.app', ''), data: { spec: '{' } })).toBeUndefined();
  });

  it('makes an object derived only where it is that of a controller', () => {
    const domain = named('CFDomain cf/shop.example.com');
    domain.metadata.labels = { 'kapp.k14s.io/app': '18' };
    const role = (apps?: string[]) =>
      classify(kindOf(domain), domain, apps === undefined ? {} : { controllerApps: new Set(apps) }).role;
    expect([role(), role(['18']), role(['17'])]).toEqual(['derived', 'derived', 'truth']);
  });
});

describe('a managed service', () => {
  it('comes back, but for a binding that never got its credentials', () => {
    const instance = named('CFServiceInstance space-1/instance-1');
    instance.spec.type = 'managed';
    expect(heldBack(kindOf(instance), instance)).toBeUndefined();
    const binding = named('CFServiceBinding space-1/binding-1');
    const annotations = { 'korifi.cloudfoundry.org/service-instance-type': 'managed' };
    binding.metadata.annotations = annotations;
    expect(heldBack(kindOf(binding), binding)).toContain('it had no credentials yet');
    binding.status = { envSecretRef: { name: 'binding-1' } };
    expect(heldBack(kindOf(binding), binding)).toBeUndefined();
  });
});
