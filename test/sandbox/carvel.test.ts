import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import type { ApiResource } from '../../src/cluster/cluster.ts';
import { hasCondition } from '../../src/sandbox/carvel/status.ts';
import type { Desired } from '../../src/sandbox/controllers/world.ts';
import { type EmbeddedFoundation, startFoundation } from '../../src/sandbox/foundation.ts';
import { pushBundle, pushLocations } from '../../src/sandbox/images/bundle.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { apply } from '../../src/sandbox/platform/apply.ts';
import { until } from '../../src/sandbox/platform/until.ts';
import { layerOf } from '../../src/sandbox/registry/layer.ts';

const NAMESPACE = 'install';
const LOGIN = { username: 'tap', password: 'hunter2' };
const OLD = 'registry.example.com/vendor';

let foundation: EmbeddedFoundation;
beforeAll(async () => {
  foundation = await startFoundation({ name: 'carvel', login: LOGIN });
  await make(KINDS.Namespace, { metadata: { name: NAMESPACE } });
});
afterAll(() => foundation.stop());

const make = (kind: ApiResource, desired: Desired) => apply(foundation.cluster, kind, desired);
const named = (name: string) => ({ metadata: { name, namespace: NAMESPACE } });
const get = (kind: ApiResource, name: string) => foundation.cluster.get(kind, NAMESPACE, name);
const secretValue = async (name: string, key: string) =>
  Buffer.from((await get(KINDS.Secret, name))?.data?.[key] ?? '', 'base64').toString();

/** Waits for the message of a failed reconcile. */
async function failure(kind: ApiResource, name: string): Promise<string> {
  const failed = await until(foundation.cluster, kind, NAMESPACE, name, made =>
    hasCondition(made, 'ReconcileFailed'),
  );
  return failed.status.usefulErrorMessage;
}

function succeeded(kind: ApiResource, name: string): Promise<KubeObject> {
  return until(foundation.cluster, kind, NAMESPACE, name, made => hasCondition(made, 'ReconcileSucceeded'));
}

/** A repository of packages `NAME.example.com`, whose bundles deploy one ConfigMap; the locks name the old registry. */
async function pushRepository(
  name: string,
  versions: readonly string[],
  options: { locations?: boolean; complete?: boolean },
) {
  const { images, registry } = foundation;
  const repository = `${registry.host}/moved/${name}`;
  const files: Record<string, string> = {};
  const lock: { image: string; id: string }[] = [];
  for (const version of versions) {
    const config = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${NAMESPACE}}\ndata: {version: "${version}", colour: "(@= data.values.colour @)"}\n`;
    const complete = options.complete ?? true;
    const where = complete ? repository : `${registry.host}/elsewhere/${name}`;
    const bundle = await pushBundle(images, where, { 'config/map.yml': config }, [], []);
    const image = `${OLD}/${name}@${bundle.split('@')[1]}`;
    lock.push({ image, id: image });
    files[`packages/${version}.yml`] = JSON.stringify({
      apiVersion: 'data.packaging.carvel.dev/v1alpha1',
      kind: 'Package',
      metadata: { name: `${name}.example.com.${version}` },
      spec: {
        refName: `${name}.example.com`,
        version,
        template: {
          spec: { fetch: [{ imgpkgBundle: { image } }], template: [{ ytt: {} }], deploy: [{ kapp: {} }] },
        },
      },
    });
  }
  const bundle = await pushBundle(images, repository, files, lock, ['latest']);
  if (options.locations)
    await pushLocations(
      images,
      bundle,
      lock.map(({ image }) => image),
    );
  await make(KINDS.PackageRepository, {
    ...named(name),
    spec: { fetch: { imgpkgBundle: { image: `${repository}:latest` } } },
  });
}

async function packageImage(name: string, version: string): Promise<string> {
  const found = await get(KINDS.Package, `${name}.example.com.${version}`);
  return found?.spec.template.spec.fetch[0].imgpkgBundle.image;
}

async function install(name: string, constraints: string, fields: object = {}): Promise<void> {
  await make(KINDS.PackageInstall, {
    ...named(name),
    spec: {
      serviceAccountName: 'installer',
      packageRef: { refName: `${name}.example.com`, versionSelection: { constraints } },
      values: [{ secretRef: { name: 'values' } }],
      ...fields,
    },
  });
}

describe('secrets that are shared', () => {
  it('an import without its export deletes the secret of its name', async () => {
    await make(KINDS.Secret, { ...named('imported'), type: 'Opaque', data: { a: 'YQ==' } });
    await make(KINDS.SecretImport, { ...named('imported'), spec: { fromNamespace: 'default' } });
    await expect.poll(() => get(KINDS.Secret, 'imported')).toBeUndefined();
    expect(foundation.activity.of('object-deleted')).toHaveLength(1);
  });

  it('and makes it again once the export is there', async () => {
    const source = { metadata: { name: 'imported', namespace: 'default' } };
    await make(KINDS.Secret, { ...source, type: 'Opaque', data: { b: 'Yg==' } });
    await make(KINDS.SecretExport, { ...source, spec: { toNamespace: NAMESPACE } });
    await expect.poll(() => secretValue('imported', 'b')).toBe('b');
  });

  it('a repository cannot log in before the login is exported, and heals at once', async () => {
    await pushRepository('login', ['1.0.0'], {});
    expect(await failure(KINDS.PackageRepository, 'login')).toContain('UNAUTHORIZED');
    const { host } = foundation.registry;
    const config = Buffer.from(JSON.stringify({ auths: { [host]: LOGIN } })).toString('base64');
    await make(KINDS.Secret, {
      ...named('registry'),
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': config },
    });
    await make(KINDS.SecretExport, { ...named('registry'), spec: { toNamespaces: ['*'] } });
    await succeeded(KINDS.PackageRepository, 'login');
  });

  it('a placeholder is emptied of what was restored, and not filled where wildcards do not reach', async () => {
    const metadata = {
      name: 'aside',
      annotations: { 'secretgen.carvel.dev/excluded-from-wildcard-matching': '' },
    };
    await make(KINDS.Namespace, { metadata });
    await make(KINDS.Secret, {
      metadata: {
        name: 'pull',
        namespace: 'aside',
        annotations: { 'secretgen.carvel.dev/image-pull-secret': '' },
      },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': Buffer.from('{"auths":{"old.example.com":{}}}').toString('base64') },
    });
    const content = async () => {
      const secret = await foundation.cluster.get(KINDS.Secret, 'aside', 'pull');
      return Buffer.from(secret?.data?.['.dockerconfigjson'] ?? '', 'base64').toString();
    };
    await expect.poll(content).toBe('{"auths":{}}');
  });
});

describe('generators', () => {
  it('keep the value of a secret that is there, and do not own it', async () => {
    await make(KINDS.Secret, { ...named('kept'), data: { password: 'b2xk' } });
    await make(KINDS.Password, { ...named('kept'), spec: { length: 20 } });
    await succeeded(KINDS.Password, 'kept');
    expect(await secretValue('kept', 'password')).toBe('old');
    expect((await get(KINDS.Secret, 'kept'))?.metadata.ownerReferences).toBeUndefined();
  });

  it('make a new value where there is none', async () => {
    await make(KINDS.Password, { ...named('fresh'), spec: { length: 20 } });
    await succeeded(KINDS.Password, 'fresh');
    expect(await secretValue('fresh', 'password')).toMatch(/^[A-Za-z0-9]{20}$/);
  });
});

describe('a bundle in a new repository', () => {
  it.each([
    { name: 'complete', options: {}, where: 'moved', because: 'all its images are there' },
    { name: 'partial', options: { complete: false }, where: OLD, because: 'one is missing, silently' },
    {
      name: 'located',
      options: { complete: false, locations: true },
      where: 'moved',
      because: 'it has locations',
    },
  ])('$name: names $where, since $because', async ({ name, options, where }) => {
    await pushRepository(name, ['1.0.0'], options);
    await succeeded(KINDS.PackageRepository, name);
    expect(await packageImage(name, '1.0.0')).toContain(where);
  });

  it('is refused when its locations image is no docker image', async () => {
    const { registry, images } = foundation;
    const bundle = await pushBundle(images, `${registry.host}/moved/odd`, {}, [], ['latest']);
    const layer = layerOf({ 'image-locations.yml': '' });
    const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
    const digest = registry.pushBlob('moved/odd', layer);
    const manifest = {
      schemaVersion: 2,
      config: { digest },
      layers: [{ mediaType, digest, size: layer.length }],
    };
    const tag = `sha256-${bundle.split('sha256:')[1]}.image-locations.imgpkg`;
    registry.pushManifest('moved/odd', manifest, 'application/vnd.oci.image.manifest.v1+json', tag);
    await make(KINDS.PackageRepository, {
      ...named('odd'),
      spec: { fetch: { imgpkgBundle: { image: `${registry.host}/moved/odd:latest` } } },
    });
    await expect
      .poll(() => failure(KINDS.PackageRepository, 'odd'))
      .toContain('Expected layer to have docker layer media type');
  });

  it('replaces Packages of the same repository that were restored verbatim', async () => {
    const verbatim = { template: { spec: { fetch: [{ imgpkgBundle: { image: `${OLD}/x` } }] } } };
    const annotations = { 'packaging.carvel.dev/package-repository-ref': `${NAMESPACE}/verbatim` };
    await make(KINDS.Package, {
      metadata: { name: 'verbatim.example.com.1.0.0', namespace: NAMESPACE, annotations },
      spec: { refName: 'verbatim.example.com', version: '1.0.0', ...verbatim },
    });
    await pushRepository('verbatim', ['1.0.0'], {});
    await succeeded(KINDS.PackageRepository, 'verbatim');
    expect(await packageImage('verbatim', '1.0.0')).toContain('/moved/verbatim@sha256:');
  });
});

describe('an install', () => {
  it('says what it lacks, heals when watched things come, and by its back-off for the others', async () => {
    await install('steps', '1.0.0');
    expect(await failure(KINDS.PackageInstall, 'steps')).toContain(
      'Expected to find at least one version, but did not',
    );
    await pushRepository('steps', ['1.0.0', '1.1.0'], {});
    const says = (text: string) => expect.poll(() => failure(KINDS.PackageInstall, 'steps')).toContain(text);
    await says('serviceaccounts "installer" not found');
    await make(KINDS.ServiceAccount, named('installer'));
    await says('(reason: Forbidden)');
    const subjects = [{ kind: 'ServiceAccount', name: 'installer', namespace: NAMESPACE }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
    await make(KINDS.ClusterRoleBinding, { metadata: { name: 'installer' }, roleRef, subjects });
    await says('secrets "values" not found');
    await make(KINDS.Secret, {
      ...named('values'),
      data: { 'values.yaml': Buffer.from('colour: red').toString('base64') },
    });
    const done = await succeeded(KINDS.PackageInstall, 'steps');
    expect(done.status).toMatchObject({ version: '1.0.0', lastAttemptedVersion: '1.0.0' });
    expect((await get(KINDS.ConfigMap, 'steps'))?.data).toEqual({ version: '1.0.0', colour: 'red' });
  });

  it('deploys again when its values change', async () => {
    const body = { data: { 'values.yaml': Buffer.from('colour: blue').toString('base64') } };
    await foundation.cluster.patch(KINDS.Secret, NAMESPACE, 'values', { type: 'merge', body });
    await expect.poll(async () => (await get(KINDS.ConfigMap, 'steps'))?.data.colour).toBe('blue');
  });

  it('with an open constraint takes the newest, and refuses to go back', async () => {
    await pushRepository('open', ['1.0.0', '1.2.0', '1.10.0'], {});
    await install('open', '>=0.0.0');
    expect((await succeeded(KINDS.PackageInstall, 'open')).status.version).toBe('1.10.0');
    const body = { spec: { packageRef: { versionSelection: { constraints: '1.2.0' } } } };
    await foundation.cluster.patch(KINDS.PackageInstall, NAMESPACE, 'open', { type: 'merge', body });
    expect(await failure(KINDS.PackageInstall, 'open')).toContain(
      "Stopped installing matched version '1.2.0'",
    );
  });

  it('that is paused makes a paused App and never ends', async () => {
    await pushRepository('still', ['1.0.0'], {});
    await install('still', '1.0.0', { paused: true });
    const app = await until(
      foundation.cluster,
      KINDS.App,
      NAMESPACE,
      'still',
      made => made.status !== undefined,
    );
    expect(app.status).toEqual({ friendlyDescription: 'Canceled/paused', observedGeneration: 1 });
    expect(hasCondition((await get(KINDS.PackageInstall, 'still')) as KubeObject, 'Reconciling')).toBe(true);
  });

  it('does not take over what carries the label of another app', async () => {
    await pushRepository('owned', ['1.0.0'], {});
    const labels = { 'kapp.k14s.io/app': '1690000000000000000' };
    await make(KINDS.ConfigMap, { metadata: { name: 'owned', namespace: NAMESPACE, labels }, data: {} });
    await install('owned', '1.0.0');
    await expect
      .poll(() => failure(KINDS.PackageInstall, 'owned'))
      .toContain("is already associated with a different label 'kapp.k14s.io/app=1690000000000000000'");
  });

  it('deletes what it deployed when it is deleted', async () => {
    expect(await get(KINDS.ConfigMap, 'steps')).toBeDefined();
    await foundation.cluster.delete(KINDS.PackageInstall, NAMESPACE, 'steps');
    await expect.poll(() => get(KINDS.ConfigMap, 'steps')).toBeUndefined();
    await expect.poll(() => get(KINDS.PackageInstall, 'steps')).toBeUndefined();
  });
});
