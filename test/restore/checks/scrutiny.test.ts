import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/archive/plan.ts';
import type { KubeObject } from '../../../src/base/object.ts';
import { ImageMap } from '../../../src/foundation/image-map.ts';
import { imagesOf } from '../../../src/foundation/images.ts';
import { parseAllowed, Scrutiny } from '../../../src/restore/checks/scrutiny.ts';
import { FOUNDATION, kindOf } from '../../foundation/fixtures.ts';
import { smallBackup } from '../../vectors/landscape.ts';

const MAP = new ImageMap([{ from: 'registry.old.example.com', to: 'registry.new.example.com' }]);

/** The plan of a backup that holds every image that these objects name. */
function planOf(objects: readonly KubeObject[]): Plan {
  const { plan } = smallBackup();
  const named = objects.flatMap(object => imagesOf(kindOf(object), object).map(({ text }) => text));
  const [image] = plan.images;
  if (image === undefined) throw new Error('the small backup has an image');
  return {
    ...plan,
    source: {
      ...plan.source,
      korifi: { rootNamespace: 'cf', containerRegistrySecretNames: [] },
    },
    images: named.map(reference => ({ ...image, reference })),
  };
}

/** What is found in the honest foundation with some objects added. */
function found(added: readonly KubeObject[], allow: readonly string[] = [], plan = planOf(FOUNDATION.truth)) {
  const scrutiny = new Scrutiny(plan);
  for (const object of [...FOUNDATION.truth, ...added]) scrutiny.see(kindOf(object), object);
  const findings = scrutiny.findings(MAP, parseAllowed(allow));
  return {
    grants: scrutiny.grants.list(),
    shown: findings.filter(({ severity }) => severity === 'warn').map(({ text }) => text),
    refused: findings.filter(({ severity }) => severity === 'refuse').map(({ text, hint }) => [text, hint]),
  };
}

const rbac = (kind: string, name: string, more: object): KubeObject => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
  metadata: { name },
  ...more,
});
const role = (name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name });
const inNamespace = (object: KubeObject, namespace: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, namespace },
});
const config = (namespace: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'odd', namespace },
});

describe('an archive of an honest foundation', () => {
  it('has nothing that is refused, and its rights in the whole cluster are shown', () => {
    const { grants, shown, refused } = found([]);
    expect(refused).toEqual([]);
    expect(grants).toEqual([
      {
        binding: 'ClusterRoleBinding adapter-install-cluster-rolebinding',
        role: 'adapter-install-cluster-role',
        subjects: ['ServiceAccount install/adapter-install-sa'],
        scope: 'cluster',
        rules: expect.any(Array),
        installs: expect.arrayContaining(['PackageInstall install/adapter']),
      },
    ]);
    expect(shown).toContainEqual(
      expect.stringMatching(
        /^ClusterRoleBinding adapter-install-cluster-rolebinding gives ServiceAccount install\/adapter-install-sa the role adapter-install-cluster-role.* in the whole cluster: PackageInstall install\/adapter/,
      ),
    );
  });
});

describe('rights in the whole cluster', () => {
  const mallory = rbac('ClusterRoleBinding', 'mallory', {
    roleRef: role('cluster-admin'),
    subjects: [{ kind: 'User', name: 'mallory' }],
  });

  it('are refused to whoever installs nothing, unless asked for by name', () => {
    expect(found([mallory]).refused).toEqual([
      [
        'ClusterRoleBinding mallory gives User mallory rights in the whole cluster, and nothing is installed under that',
        'pass --allow ClusterRoleBinding/mallory to restore it all the same',
      ],
    ]);
    const allowed = found([mallory], ['clusterrolebinding/mallory']);
    expect(allowed.refused).toEqual([]);
    expect(allowed.shown).toContain(
      'ClusterRoleBinding mallory gives User mallory the role cluster-admin in the whole cluster',
    );
  });

  it('are refused to a stranger beside a service account of a package', () => {
    const both = rbac('ClusterRoleBinding', 'both', {
      roleRef: role('cluster-admin'),
      subjects: [
        { kind: 'ServiceAccount', name: 'adapter-install-sa', namespace: 'install' },
        { kind: 'Group', name: 'system:authenticated' },
      ],
    });
    expect(found([both]).refused).toEqual([
      [expect.stringContaining('gives Group system:authenticated rights'), expect.any(String)],
    ]);
  });

  it('are refused where a role would add to the roles that the cluster has', () => {
    const creeping = rbac('ClusterRole', 'creeping', { rules: [{ verbs: ['*'] }] });
    creeping.metadata.labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
    expect(found([creeping]).refused.map(([text]) => text)).toEqual([
      'ClusterRole creeping adds its rights to roles that the cluster has',
    ]);
  });

  it('are refused where a role waits for a binding that the target may have', () => {
    expect(found([rbac('ClusterRole', 'waiting', { rules: [] })]).refused.map(([text]) => text)).toEqual([
      'ClusterRole waiting is given to nobody in the archive',
    ]);
  });

  it('are shown with what they allow', () => {
    const wide = rbac('ClusterRole', 'wide', {
      rules: [
        { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
        { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] },
      ],
    });
    const binding = rbac('ClusterRoleBinding', 'wide', {
      roleRef: role('wide'),
      subjects: [{ kind: 'ServiceAccount', name: 'adapter-install-sa', namespace: 'install' }],
    });
    expect(found([wide, binding]).shown).toContainEqual(
      expect.stringContaining('the role wide (* * of *; get, list secrets) in the whole cluster'),
    );
  });

  it('are shown in all of CF', () => {
    const binding = inNamespace(
      rbac('RoleBinding', 'boss', {
        roleRef: role('korifi-controllers-admin'),
        subjects: [{ kind: 'User', name: 'boss' }],
      }),
      'cf',
    );
    expect(found([binding]).shown).toContain(
      'RoleBinding cf/boss gives User boss the role korifi-controllers-admin in all of CF',
    );
  });

  it("are shown where a package takes a service account of the target's", () => {
    const install = {
      apiVersion: 'packaging.carvel.dev/v1alpha1',
      kind: 'PackageInstall',
      metadata: { name: 'parasite', namespace: 'install' },
      spec: { serviceAccountName: 'theirs' },
    };
    expect(found([install]).shown).toContain(
      'PackageInstall install/parasite is installed with the rights that ServiceAccount install/theirs has on the target',
    );
  });
});

describe('places', () => {
  it('of Kubernetes itself are refused, as is a namespace of that name', () => {
    expect(found([config('kube-system')]).refused).toEqual([
      [
        "ConfigMap kube-system/odd would be made in kube-system, which is Kubernetes' own",
        'pass --allow Namespace/kube-system to restore it all the same',
      ],
    ]);
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-public' } };
    expect(found([namespace]).refused).toHaveLength(1);
    expect(found([config('kube-system')], ['namespace/kube-system']).refused).toEqual([]);
  });

  it('that the archive does not account for are refused', () => {
    expect(found([config('elsewhere')]).refused.map(([text]) => text)).toEqual([
      'ConfigMap elsewhere/odd would be made in elsewhere, a namespace that the archive does not account for',
    ]);
  });

  it('are not missed where the export could not list namespaces, and says so', () => {
    const loss = { kind: 'kind-forbidden' as const, subject: 'Namespace', reason: 'forbidden' };
    expect(found([config('elsewhere')], [], { ...planOf(FOUNDATION.truth), losses: [loss] }).refused).toEqual(
      [],
    );
  });
});

describe('hosts', () => {
  const repository = (name: string, fetch: object): KubeObject => ({
    apiVersion: 'packaging.carvel.dev/v1alpha1',
    kind: 'PackageRepository',
    metadata: { name, namespace: 'install' },
    spec: { fetch },
  });

  it('of images that the archive does not account for are refused', () => {
    const image = repository('evil', { imgpkgBundle: { image: 'evil.example.com/bundle:v1' } });
    expect(found([image]).refused).toEqual([
      [
        'PackageRepository install/evil names the image evil.example.com/bundle:v1, which the archive neither holds nor lists as lost',
        'pass --allow Host/evil.example.com to restore it all the same',
      ],
    ]);
    expect(found([image], ['host/evil.example.com']).refused).toEqual([]);
    const odd = repository('odd', { imgpkgBundle: { image: 'no reference!' } });
    expect(found([odd]).refused).toHaveLength(1);
  });

  it('from which controllers will fetch are shown, without credentials', () => {
    const git = repository('git', { git: { url: 'https://me:s3cret@git.example.com/packages' } });
    const { shown } = found([git]);
    expect(shown).toContainEqual(
      expect.stringMatching(
        /^what is not in the backup will be fetched from .*git\.example\.com \(PackageRepository install\/git\)/,
      ),
    );
    expect(shown.join()).not.toContain('s3cret');
  });
});

describe('what is asked for by name', () => {
  it('is one of the kinds that are refused', () => {
    expect(() => parseAllowed(['everything'])).toThrow('nothing can be allowed by this name');
    expect(() => parseAllowed(['host/'])).toThrow('nothing can be allowed by this name');
  });
});
