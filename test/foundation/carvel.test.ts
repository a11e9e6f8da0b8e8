import { describe, expect, it } from 'vitest';
import { idOf, type KubeObject, keyOf } from '../../src/base/object.ts';
import { classify, heldBack } from '../../src/foundation/classify.ts';
import { ImageMap } from '../../src/foundation/image-map.ts';
import { referencesOf } from '../../src/foundation/references.ts';
import { forRestore } from '../../src/foundation/strip.ts';
import { rulesFor } from '../../src/foundation/variants.ts';
import { Wanted } from '../../src/foundation/wanted.ts';
import { rewriteLogins } from '../../src/restore/logins.ts';
import { kindOf, named } from './fixtures.ts';

const PLACEHOLDER = 'secretgen.carvel.dev/image-pull-secret';

function owned(object: KubeObject, kind: string): KubeObject {
  const owner = { apiVersion: 'packaging.carvel.dev/v1alpha1', kind, name: 'adapter', uid: '1' };
  return { ...object, metadata: { ...object.metadata, ownerReferences: [owner] } };
}

function placeholder(name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace: 'install',
      annotations: { [PLACEHOLDER]: '', 'secretgen.carvel.dev/status': '{}' },
    },
    type: 'kubernetes.io/dockerconfigjson',
    data: {
      '.dockerconfigjson': Buffer.from('{"auths":{"old.example.com":{"password":"p"}}}').toString('base64'),
    },
  };
}

const roleOf = (object: KubeObject) => classify(kindOf(object), object).role;

describe('a placeholder for registry logins', () => {
  it('that kapp-controller made is not kept, one that somebody made is', () => {
    expect(roleOf(placeholder('adapter-fetch-0'))).toBe('derived');
    expect(roleOf(owned(placeholder('any'), 'PackageRepository'))).toBe('derived');
    expect(roleOf(placeholder('pull'))).toBe('truth');
  });

  it('comes back empty, and is the same however it is filled', () => {
    const archived = placeholder('pull');
    const wanted = forRestore(kindOf(archived), archived);
    rewriteLogins(wanted, new ImageMap([]), new Map());
    expect(Buffer.from(wanted.data['.dockerconfigjson'], 'base64').toString()).toBe('{"auths":{}}');
    expect(wanted.metadata.annotations).toEqual({ [PLACEHOLDER]: '' });
    expect(rulesFor(kindOf(archived), archived).ignoreInComparison).toEqual(['data']);
  });
});

describe('an App of a PackageInstall', () => {
  const app: KubeObject = {
    apiVersion: 'kappctrl.k14s.io/v1alpha1',
    kind: 'App',
    metadata: { name: 'adapter', namespace: 'install' },
    spec: {},
  };
  const byHand = owned(
    {
      ...app,
      metadata: { ...app.metadata, annotations: { 'ext.packaging.carvel.dev/manually-controlled': '' } },
    },
    'PackageInstall',
  );

  it('is made again by it, unless somebody controls it by hand; nobody waits for that one', () => {
    expect([roleOf(owned(app, 'PackageInstall')), roleOf(app), roleOf(byHand)]).toEqual([
      'derived',
      'truth',
      'truth',
    ]);
    expect(rulesFor(kindOf(byHand), byHand).ready).toEqual([]);
    expect(rulesFor(kindOf(app), app).ready).toEqual(['ReconcileSucceeded']);
  });

  it('comes before it', () => {
    const install = named('PackageInstall install/adapter');
    const [reference] = referencesOf(kindOf(install), install).filter(({ targets }) =>
      targets.some(target => keyOf(target) === keyOf(idOf(byHand))),
    );
    expect(reference?.rule).toMatchObject({ order: 'before', optional: true });
    expect(kindOf(byHand).relinkOwners).toEqual(['PackageInstall']);
  });
});

describe("kapp-controller's configuration", () => {
  it.each(['Secret', 'ConfigMap'])(
    'is exported as a %s, left out by a restore, and no reason to make a namespace',
    kind => {
      const config: KubeObject = {
        apiVersion: 'v1',
        kind,
        metadata: { name: 'kapp-controller-config', namespace: 'kapp-controller' },
      };
      expect(classify(kindOf(config), config)).toEqual({ role: 'truth', unasked: true });
      expect(heldBack(kindOf(config), config)).toMatch(/^the target has its own/);
      const wanted = new Wanted({});
      wanted.keep(kindOf(config), config, idOf(config));
      const home: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kapp-controller' } };
      expect(wanted.includes(kindOf(home), home, idOf(home))).toBe(false);
    },
  );
});

describe('what an installation was made with', () => {
  it('keeps the annotations of tanzu package, old and new, and loses those of kapp', () => {
    const install = named('PackageInstall install/adapter');
    const ties = Object.fromEntries(
      ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Secret'].flatMap(kind => [
        [`packaging.carvel.dev/package-${kind}`, `adapter-${kind}`],
        [`tkg.tanzu.vmware.com/tanzu-package-${kind}`, `adapter-${kind}`],
      ]),
    );
    install.metadata.annotations = { ...ties, 'kapp.k14s.io/identity': 'v1', 'kapp.k14s.io/original': '{}' };
    install.metadata.labels = { 'kapp.k14s.io/app': '1', 'kapp.k14s.io/association': 'v1.a', team: 'x' };
    const { annotations, labels } = forRestore(kindOf(install), install).metadata;
    expect({ annotations, labels }).toEqual({ annotations: ties, labels: { team: 'x' } });
    const mark = { 'packaging.carvel.dev/package': 'a', 'tkg.tanzu.vmware.com/tanzu-package': 'a' };
    for (const name of [
      'ServiceAccount install/adapter-install-sa',
      'ClusterRoleBinding adapter-install-cluster-rolebinding',
    ]) {
      const object = named(name);
      object.metadata.annotations = mark;
      expect(forRestore(kindOf(object), object).metadata.annotations).toEqual(mark);
    }
  });

  it('keeps on namespaces which packages and logins are kept out of them', () => {
    const namespace = named('Namespace install');
    const annotations = {
      'kapp-controller.carvel.dev/exclude-global-packages': '',
      'packaging.carvel.dev/exclude-global-packages': '',
      'secretgen.carvel.dev/excluded-from-wildcard-matching': '',
    };
    namespace.metadata.annotations = annotations;
    expect(forRestore(kindOf(namespace), namespace).metadata.annotations).toEqual(annotations);
  });

  it('is held to the version that ran, pre-releases let in where that was one, or left open', () => {
    const install = named('PackageInstall install/adapter');
    const selection = (version: string, versionSelection: object, options = {}) => {
      install.status.version = version;
      install.spec.packageRef.versionSelection = versionSelection;
      return forRestore(kindOf(install), install, options).spec.packageRef.versionSelection;
    };
    expect(selection('1.3.1', { constraints: '>=1.0' })).toEqual({ constraints: '1.3.1' });
    expect(selection('1.3.1', { prereleases: { identifiers: ['rc'] } })).toEqual({
      constraints: '1.3.1',
      prereleases: { identifiers: ['rc'] },
    });
    expect(selection('1.4.0-rc.1', { constraints: '>=1.0' })).toEqual({
      constraints: '1.4.0-rc.1',
      prereleases: {},
    });
    expect(selection('1.4.0+build-1', {})).toEqual({ constraints: '1.4.0+build-1' });
    expect(selection('1.3.1', { constraints: '>=1.0' }, { pins: false })).toEqual({ constraints: '>=1.0' });
  });
});
