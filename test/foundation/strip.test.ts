import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import { differences } from '../../src/foundation/compare.ts';
import { forArchive, forRestore } from '../../src/foundation/strip.ts';
import { kindOf, named } from './fixtures.ts';

/** An object as a server gives it out, with all that it and the controllers wrote. */
function asServed(object: KubeObject): KubeObject {
  return {
    ...object,
    metadata: {
      ...object.metadata,
      uid: 'old',
      resourceVersion: '17',
      generation: 4,
      creationTimestamp: '2023-09-01T10:00:00Z',
      managedFields: [{ manager: 'kubectl' }],
      labels: {
        ...object.metadata.labels,
        'kapp.k14s.io/app': '17',
        'kapp.k14s.io/association': 'v1.0',
        'korifi.cloudfoundry.org/created_at': '2023-09-01T10-00-00',
        'korifi.cloudfoundry.org/updated_at': '2023-09-01T11-00-00',
      },
      annotations: {
        ...object.metadata.annotations,
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
        'korifi.cloudfoundry.org/creation-version': 'v0.8.1',
        'kapp.k14s.io/identity': 'v1;x',
        'kapp.k14s.io/original': '{}',
        'kapp.k14s.io/change-group': 'of the user',
      },
    },
  };
}

describe('what the archive keeps', () => {
  it('is everything but managedFields', () => {
    const served = asServed(named('CFApp space-1/app-1'));
    const { managedFields: _, ...metadata } = served.metadata;
    expect(forArchive(served)).toEqual({ ...served, metadata });
  });
});

describe('what a restore creates', () => {
  it('is an app without what server and controllers wrote, stopped, with empty strings kept', () => {
    const app = asServed(named('CFApp space-1/app-1'));
    expect(forRestore(kindOf(app), app)).toEqual({
      apiVersion: 'korifi.cloudfoundry.org/v1alpha1',
      kind: 'CFApp',
      metadata: {
        name: 'app-1',
        namespace: 'space-1',
        labels: { team: 'blue' },
        annotations: {
          'korifi.cloudfoundry.org/app-rev': '3',
          'kapp.k14s.io/change-group': 'of the user',
          'asa-backup/created-at': '2023-09-01T10:00:00Z',
        },
      },
      spec: {
        displayName: 'shop',
        desiredState: 'STOPPED',
        envSecretName: 'app-1-env',
        currentDropletRef: { name: 'build-1' },
        lifecycle: { type: 'buildpack', data: { buildpacks: [], stack: '' } },
      },
    });
  });

  it('leaves the archived object as it is', () => {
    const app = asServed(named('CFApp space-1/app-1'));
    const before = structuredClone(app);
    forRestore(kindOf(app), app);
    expect(app).toEqual(before);
  });

  it('keeps the age that an earlier restore noted', () => {
    const app = asServed(named('CFApp space-1/app-1'));
    app.metadata.annotations = { 'asa-backup/created-at': '2020-01-01T00:00:00Z' };
    expect(forRestore(kindOf(app), app).metadata.annotations).toEqual({
      'asa-backup/created-at': '2020-01-01T00:00:00Z',
    });
  });

  it('has a Secret without owners, which carry UIDs of another cluster', () => {
    const secret = named('Secret space-1/app-1-env');
    expect(forRestore(kindOf(secret), secret).metadata).toEqual({ name: 'app-1-env', namespace: 'space-1' });
  });

  it("has a package's namespace without its labels, so that the package takes it over", () => {
    const namespace = named('Namespace cf');
    expect(forRestore(kindOf(namespace), namespace)).toEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'cf' },
    });
  });

  it('pins a package to the version that ran', () => {
    const install = named('PackageInstall install/adapter');
    const { versionSelection } = forRestore(kindOf(install), install).spec.packageRef;
    expect(versionSelection).toEqual({ constraints: '1.3.0', prereleases: {} });
  });
});

describe('the difference between archive and cluster', () => {
  const wanted = () => {
    const app = named('CFApp space-1/app-1');
    return forRestore(kindOf(app), app);
  };

  it.each<[string, (live: KubeObject) => void, string[]]>([
    ['none for what was just created', () => {}, []],
    [
      'none for what the server and controllers add',
      live => Object.assign(live, asServed(live), { status: {} }),
      [],
    ],
    ['none for a started app', live => Object.assign(live.spec, { desiredState: 'STARTED' }), []],
    ['none for an empty field that a controller left out', live => delete live.spec.lifecycle.data, []],
    ['none for our own annotations', live => delete live.metadata.annotations?.['asa-backup/created-at'], []],
    ['a changed value', live => Object.assign(live.spec, { displayName: 'other' }), ['spec.displayName']],
    ['a missing value', live => delete live.spec.envSecretName, ['spec.envSecretName']],
    ['a missing label', live => delete live.metadata.labels, ['metadata.labels']],
    [
      'a longer list',
      live => live.spec.lifecycle.data.buildpacks.push('x'),
      ['spec.lifecycle.data.buildpacks'],
    ],
    ['a value set since', live => Object.assign(live.spec, { command: 'sleep 1' }), ['spec.command']],
    [
      'a value set since, deeper',
      live => Object.assign(live.spec.lifecycle.data, { credentials: 'mine', empty: '' }),
      ['spec.lifecycle.data.credentials'],
    ],
    ['none for labels of others', live => Object.assign(live.metadata.labels ?? {}, { more: '1' }), []],
    ['another type', live => Object.assign(live.spec, { lifecycle: 'x' }), ['spec.lifecycle']],
  ])('is %s', (_, change, expected) => {
    const live = structuredClone(wanted());
    change(live);
    expect(differences(kindOf(live), wanted(), live).map(({ path }) => path)).toEqual(expected);
  });

  it('leaves defaults of newer controllers alone where these converted the object', () => {
    const live = wanted();
    Object.assign(live.spec, { later: 'default' });
    expect(differences(kindOf(live), wanted(), live, { isConverted: true })).toEqual([]);
  });

  it('names the element of a list', () => {
    const route = named('CFRoute space-1/route-1');
    const live = structuredClone(route);
    live.spec.destinations[0].port = 9090;
    expect(differences(kindOf(route), route, live).map(({ path }) => path)).toEqual([
      'spec.destinations[0].port',
    ]);
  });

  it('is none where a controller sets the field', () => {
    const account = { ...named('ServiceAccount install/adapter-install-sa'), secrets: [{ name: 'a' }] };
    expect(differences(kindOf(account), account, { ...account, secrets: [{ name: 'token-1' }] })).toEqual([]);
  });
});
