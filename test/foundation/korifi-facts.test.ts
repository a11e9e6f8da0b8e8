import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import { isKorifiConfig, KorifiObjects, korifiFacts } from '../../src/foundation/korifi-facts.ts';
import { treeOf } from '../../src/foundation/tree.ts';
import { FOUNDATION, named } from './fixtures.ts';

function config(name: string, key: string, yaml: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'system' },
    data: { [key]: yaml },
  };
}

const CONTROLLERS = `
cfRootNamespace: cf
containerRepositoryPrefix: registry.old.example.com/asa/adapter-
containerRegistrySecretNames: [image-registry-credentials]
maxRetainedPackagesPerApp: 5
maxRetainedBuildsPerApp: 4
`;

describe("Korifi's configuration", () => {
  it.each([
    ['korifi-api-config', true],
    ['korifi-api-config-ver-12', true],
    ['korifi-controllers-config', true],
    ['korifi-kpack-build-controllers-config', true],
    ['korifi-api-config-other', false],
    ['my-config', false],
  ])('in %s: %s', (name, expected) => {
    expect(isKorifiConfig(config(name, 'a', ''))).toBe(expected);
  });

  it('gives the facts of version 0.8.1', () => {
    const configs = [config('korifi-controllers-config-ver-1', 'config.yaml', CONTROLLERS)];
    const objects = new KorifiObjects();
    objects.see(named('CFOrg cf/org-1'));
    expect(korifiFacts(configs, objects)).toEqual({
      version: 'v0.8.1',
      rootNamespace: 'cf',
      containerRepositoryPrefix: 'registry.old.example.com/asa/adapter-',
      containerRegistrySecretNames: ['image-registry-credentials'],
      maxRetainedBuildsPerApp: 4,
      maxRetainedPackagesPerApp: 5,
    });
  });

  it('is of the newest Korifi that made anything, and has the domains that are there', () => {
    const objects = new KorifiObjects();
    for (const [name, version] of [
      ['b.example.com', 'v0.9.0'],
      ['a.example.com', 'v0.10.1'],
      ['c.example.com', 'v0.8.1'],
    ] as const) {
      objects.see({
        apiVersion: 'korifi.cloudfoundry.org/v1alpha1',
        kind: 'CFDomain',
        metadata: {
          name: `object-${name}`,
          namespace: 'cf',
          annotations: { 'korifi.cloudfoundry.org/creation-version': version },
        },
        spec: { name },
      });
    }
    const yaml = `${CONTROLLERS}defaultDomainName: a.example.com\n`;
    const configs = [config('korifi-controllers-config', 'config.yaml', yaml)];
    expect(korifiFacts(configs, objects)).toMatchObject({
      version: 'v0.10.1',
      defaultDomain: 'a.example.com',
      domains: ['a', 'b', 'c'].map(letter => ({
        object: `object-${letter}.example.com`,
        name: `${letter}.example.com`,
      })),
    });
  });

  it('counts in its newest version', () => {
    const configs = ['9', '10', '2'].map(version =>
      config(`korifi-api-config-ver-${version}`, 'korifi_api_config.yaml', `rootNamespace: cf-${version}`),
    );
    expect(korifiFacts(configs)?.rootNamespace).toBe('cf-10');
  });

  it('may have the singular names of versions before 0.8', () => {
    const yaml = 'cfRootNamespace: cf\ncontainerRegistrySecretName: one\n';
    const configs = [config('korifi-controllers-config', 'korifi_controllers_config.yaml', yaml)];
    expect(korifiFacts(configs)).toEqual({ rootNamespace: 'cf', containerRegistrySecretNames: ['one'] });
  });

  it.each(['{', 'just text', '[]', 'cfRootNamespace: [cf]', ''])('says nothing as %j', yaml => {
    expect(korifiFacts([config('korifi-controllers-config', 'config.yaml', yaml)])).toBeUndefined();
  });
});

describe('the tree of a foundation', () => {
  it('shows orgs, spaces and apps by name', () => {
    const second = named('CFApp space-1/app-1');
    second.metadata.name = 'app-2';
    second.spec = { displayName: 'cart', desiredState: 'STOPPED' };
    expect(treeOf([...FOUNDATION.truth, second])).toEqual([
      {
        guid: 'org-1',
        name: 'acme',
        spaces: [
          {
            guid: 'space-1',
            name: 'prod',
            apps: [
              { guid: 'app-2', name: 'cart', state: 'STOPPED' },
              { guid: 'app-1', name: 'shop', state: 'STARTED' },
            ],
          },
        ],
      },
    ]);
  });
});
