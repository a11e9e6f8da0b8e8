import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import { archiveOf, type Backup, backupIn, withObjects } from '../archive/fixtures.ts';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { failureOf } from '../support/failure.ts';
import { MALLORY } from '../support/mallory.ts';
import { runProgram } from '../support/program.ts';

const BINDINGS = { group: 'rbac.authorization.k8s.io', kind: 'ClusterRoleBinding', version: 'v1' };

describe('an archive that somebody has added to', () => {
  let source: Stage;
  let target: Stage;
  let honest: Backup;

  beforeAll(async () => {
    [source, target] = await Promise.all([
      startStage({ name: 'source', landscape: TINY }),
      startStage({ name: 'target' }),
    ]);
    const path = join(source.directory, 'honest.tar');
    const args = ['export', path, '--kubeconfig', source.kubeconfigFile, '--plaintext-secrets'];
    expect((await runProgram(args)).code).toBe(0);
    honest = await backupIn(await readFile(path));
  }, 60_000);
  afterAll(() => Promise.all([source?.stop(), target?.stop()]));

  async function restored(backup: Backup, ...flags: string[]) {
    const path = join(source.directory, 'hostile.tar');
    await writeFile(path, await archiveOf(backup));
    const map = `${source.registry.host}/=${target.registry.host}/`;
    return runProgram([
      'restore',
      path,
      '--kubeconfig',
      target.kubeconfigFile,
      '--registry-map',
      map,
      ...flags,
    ]);
  }

  it('gives nobody rights in the whole cluster, and nothing is written', async () => {
    const before = target.server.storage.revision;
    const hostile = await withObjects(honest, BINDINGS, [MALLORY]);
    expect(failureOf(await restored(hostile, '--yes'))).toEqual({
      code: 5,
      says: [
        'error: ClusterRoleBinding mallory gives User mallory rights in the whole cluster, and nothing is installed under that',
        'hint: pass --allow ClusterRoleBinding/mallory to restore it all the same',
      ],
    });
    expect(target.server.storage.revision).toBe(before);
  });

  it('shows the rights that were asked for by name before it gives them', async () => {
    const hostile = await withObjects(honest, BINDINGS, [MALLORY]);
    const flags = ['--allow', 'ClusterRoleBinding/mallory', '--dry-run'];
    const { code, stdout } = await restored(hostile, ...flags, '-o', 'json');
    const { grants, notes } = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(grants).toContainEqual({
      binding: 'ClusterRoleBinding mallory',
      role: 'cluster-admin',
      subjects: ['User mallory'],
      scope: 'cluster',
      rules: [],
      installs: [],
    });
    expect(notes).toContain(
      'ClusterRoleBinding mallory gives User mallory the role cluster-admin in the whole cluster',
    );
    expect((await restored(hostile, ...flags)).stdout).toContain('ClusterRoleBinding mallory gives');
  });

  it('is not believed to hold other kinds than a foundation is made of', async () => {
    const webhook = { group: 'admissionregistration.k8s.io', kind: 'MutatingWebhookConfiguration' };
    const object = { apiVersion: `${webhook.group}/v1`, kind: webhook.kind, metadata: { name: 'ear' } };
    const hostile = await withObjects(honest, { ...webhook, version: 'v1' }, [object]);
    expect(failureOf(await restored(hostile, '--yes'))).toMatchObject({
      code: 5,
      says: [
        expect.stringContaining('objects of the kind MutatingWebhookConfiguration, which are never restored'),
      ],
    });
  });

  const CONFIG = { group: '', kind: 'ConfigMap', version: 'v1' };
  const config = (namespace: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'stowaway', namespace },
  });
  const REPOSITORY = { group: 'packaging.carvel.dev', kind: 'PackageRepository', version: 'v1alpha1' };
  const EVIL = `evil.example.com/repo@sha256:${'0'.repeat(64)}`;
  const repository: KubeObject = {
    apiVersion: 'packaging.carvel.dev/v1alpha1',
    kind: 'PackageRepository',
    metadata: { name: 'stowaway', namespace: 'tap-install' },
    spec: { fetch: { imgpkgBundle: { image: EVIL } } },
  };

  it.each([
    [
      'puts nothing into a namespace of Kubernetes',
      CONFIG,
      config('kube-system'),
      "ConfigMap kube-system/stowaway would be made in kube-system, which is Kubernetes' own",
      'Namespace/kube-system',
    ],
    [
      'puts nothing into a namespace that it does not account for',
      CONFIG,
      config('payroll'),
      'ConfigMap payroll/stowaway would be made in payroll, a namespace that the archive does not account for',
      'Namespace/payroll',
    ],
    [
      'has nothing pulled from a host of its choice',
      REPOSITORY,
      repository,
      `PackageRepository tap-install/stowaway names the image ${EVIL}, which the archive neither holds nor lists as lost`,
      'Host/evil.example.com',
    ],
  ])('%s, unless that is asked for by name', async (_, type, object, error, name) => {
    const before = target.server.storage.revision;
    const hostile = await withObjects(honest, type, [object]);
    expect(failureOf(await restored(hostile, '--yes'))).toEqual({
      code: 5,
      says: [`error: ${error}`, `hint: pass --allow ${name} to restore it all the same`],
    });
    expect((await restored(hostile, '--dry-run', '--allow', name)).code).toBe(0);
    expect(target.server.storage.revision).toBe(before);
  });

  it('cannot lead a request to another place by a name', async () => {
    const odd = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '..', namespace: 'cf' } };
    const hostile = await withObjects(honest, { group: '', kind: 'ConfigMap', version: 'v1' }, [odd]);
    expect(failureOf(await restored(hostile, '--yes'))).toMatchObject({
      code: 4,
      says: [expect.stringMatching(/line 1 is no object with a name$/)],
    });
  });
});
