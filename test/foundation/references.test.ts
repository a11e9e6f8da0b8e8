import { describe, expect, it } from 'vitest';
import { idOf, type KubeObject, showId } from '../../src/base/object.ts';
import { referencesOf } from '../../src/foundation/references.ts';
import { FOUNDATION, kindOf, named } from './fixtures.ts';

/** `Kind namespace/name` of the first candidate of every reference, without the namespace that all objects have. */
function targets(object: KubeObject, registrySecretNames?: string[]): string[] {
  return referencesOf(kindOf(object), object, registrySecretNames && { registrySecretNames })
    .filter(({ rule }) => rule.path !== 'metadata.namespace')
    .map(({ rule, name, targets: [target] }) =>
      target ? showId(target) : `${rule.to[0]?.kind} that brings ${name}`,
    );
}

describe('an object refers to', () => {
  it.each<[string, string[]]>([
    ['CFApp space-1/app-1', ['Secret space-1/app-1-env', 'CFBuild space-1/build-1']],
    ['CFProcess space-1/cf-proc-app-1-web', ['CFApp space-1/app-1']],
    [
      'CFBuild space-1/build-1',
      ['CFApp space-1/app-1', 'CFPackage space-1/package-1', 'Secret space-1/package-1'],
    ],
    ['CFPackage space-1/package-1', ['CFApp space-1/app-1', 'Secret space-1/package-1']],
    ['CFRoute space-1/route-1', ['CFDomain cf/shop.example.com', 'CFApp space-1/app-1']],
    ['CFServiceInstance space-1/instance-1', ['Secret space-1/instance-1', 'Secret space-1/instance-1']],
    ['CFServiceBinding space-1/binding-1', ['CFApp space-1/app-1', 'CFServiceInstance space-1/instance-1']],
    [
      'RoleBinding cf/cf-root-alice',
      [
        'User alice@example.com',
        'ClusterRole korifi-controllers-root-namespace-user',
        'PackageInstall that brings korifi-controllers-root-namespace-user',
      ],
    ],
    [
      'ClusterRoleBinding adapter-install-cluster-rolebinding',
      ['ServiceAccount install/adapter-install-sa', 'ClusterRole adapter-install-cluster-role'],
    ],
    [
      'PackageInstall install/adapter',
      [
        'ServiceAccount install/adapter-install-sa',
        'Secret install/adapter-install-values',
        'Secret install/adapter-install-overlays',
        'App install/adapter',
      ],
    ],
    ['SecretExport install/registry', ['Secret install/registry']],
    ['SecretImport cf/registry', ['Secret install/registry', 'SecretExport install/registry']],
  ])('%s: %j', (name, expected) => {
    expect(targets(named(name))).toEqual(expected);
  });

  it('the pull secret of a private image, but not to a registry secret of the foundation', () => {
    const bits = named('CFPackage space-1/package-1');
    bits.spec.source.registry.imagePullSecrets.push({ name: 'my-own' });
    expect(targets(bits, ['image-registry-credentials'])).toContain('Secret space-1/my-own');
    expect(targets(bits, ['image-registry-credentials'])).not.toContain(
      'Secret space-1/image-registry-credentials',
    );
  });

  it('nothing where the field is an empty string', () => {
    const key = named('CFServiceBinding space-1/binding-1');
    key.spec.appRef.name = '';
    expect(targets(key)).toEqual(['CFServiceInstance space-1/instance-1']);
  });

  it('its namespace, which may be an org or a space', () => {
    const [home] = referencesOf(kindOf(named('CFApp space-1/app-1')), named('CFApp space-1/app-1'));
    expect(home?.targets.map(showId)).toEqual(['Namespace space-1', 'CFSpace space-1', 'CFOrg space-1']);
  });

  it('objects that stand in the same foundation', () => {
    const present = new Set(FOUNDATION.truth.map(object => showId(idOf(object))));
    for (const object of FOUNDATION.truth) {
      for (const { rule, targets } of referencesOf(kindOf(object), object)) {
        if (rule.optional || rule.in === 'brought' || rule.path.startsWith('metadata.')) continue;
        const found = targets.some(target => present.has(showId(target)) || rule.in === 'any');
        expect([showId(idOf(object)), rule.path, found]).toEqual([showId(idOf(object)), rule.path, true]);
      }
    }
  });
});
