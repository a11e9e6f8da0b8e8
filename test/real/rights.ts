import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runProgram } from '../support/program.ts';
import type { RealStage } from '../support/real-stage.ts';
import { snapshot } from '../support/real-view.ts';
import { kubectl, startRegistry } from '../testbed/testbed.ts';

/** Everything may be listed but Secrets. */
const WITHOUT_SECRETS = JSON.stringify({
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'auditor' },
      rules: [
        {
          apiGroups: [''],
          resources: ['namespaces', 'configmaps', 'serviceaccounts'],
          verbs: ['get', 'list'],
        },
        {
          apiGroups: [
            'korifi.cloudfoundry.org',
            'packaging.carvel.dev',
            'kappctrl.k14s.io',
            'secretgen.carvel.dev',
            'secretgen.k14s.io',
            'kpack.io',
            'projectcontour.io',
            'servicebinding.io',
            'rbac.authorization.k8s.io',
          ],
          resources: ['*'],
          verbs: ['get', 'list'],
        },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'auditor' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'auditor' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'auditor' }],
    },
  ],
});

/** What people meet who may not do what they ask for; after an export, before the restore. */
export function rights(stage: () => RealStage): void {
  describe('somebody without the rights', () => {
    const exportAs = (flags: readonly string[]) => {
      const { source, recipient } = stage();
      const file = join(source.testbed.directory, 'rights.tar');
      const args = ['export', file, '--overwrite', '--kubeconfig', source.testbed.kubeconfig];
      return runProgram([...args, '--recipient', recipient, '-o', 'json', ...flags]);
    };

    async function refused(...how: Parameters<RealStage['restore']>): Promise<string> {
      const { target, restore } = stage();
      const before = await snapshot(target.cluster);
      const [flags, other] = how;
      const { code, stdout, stderr } = await restore(['--yes', ...flags], other);
      expect(code, stderr).toBe(5);
      expect(JSON.parse(stdout)).toMatchObject({ refused: true });
      expect(await snapshot(target.cluster)).toEqual(before);
      return stderr;
    }

    it('exports nothing as a user who may see nothing', async () => {
      const { code, stdout, stderr } = await exportAs(['--as', 'nobody']);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('nobody');
    });

    it('exports all but Secrets as a user who may not list those, and is told', async () => {
      await kubectl(stage().source.testbed.kubeconfig, ['apply', '-f', '-'], WITHOUT_SECRETS);
      const { code, stdout, stderr } = await exportAs(['--as', 'auditor']);
      expect(code, stderr).toBe(3);
      const { losses, objects } = JSON.parse(stdout);
      expect(losses[0]).toMatchObject({ kind: 'kind-forbidden', subject: 'Secret' });
      expect([objects.CFApp, objects.Secret]).toEqual([16, undefined]);
    });

    it('exports everything with the rights of the manifest, and no others', async () => {
      const { kubeconfig } = stage().source.testbed;
      await kubectl(kubeconfig, ['apply', '-f', 'docs/manifests/export-role.yaml']);
      await kubectl(kubeconfig, [
        'create',
        'clusterrolebinding',
        'scheduled',
        '--clusterrole=asa-backup-export',
        '--user=scheduled',
      ]);
      const { code, stdout, stderr } = await exportAs(['--as', 'scheduled']);
      expect(code, stderr).toBe(0);
      const { losses, objects } = JSON.parse(stdout);
      expect({ losses, apps: objects.CFApp }).toEqual({ losses: [], apps: 16 });
    });

    it('takes the manifests of a scheduled backup', async () => {
      const { kubeconfig } = stage().source.testbed;
      await kubectl(kubeconfig, ['create', 'namespace', 'asa-backup']);
      await kubectl(kubeconfig, ['apply', '--dry-run=server', '-f', 'docs/manifests/cronjob.yaml']);
      await kubectl(kubeconfig, ['delete', 'namespace', 'asa-backup', '--wait=false']);
    });

    it('is not let in with a wrong token', async () => {
      const { code, stderr } = await exportAs(['--token', 'wrong']);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error: .*(credentials|logged in|log in|unauthori[sz]ed|token)/im);
      expect(stderr).not.toContain('wrong');
    });

    it('is not let in with the token of an account that is gone', async () => {
      const { source } = stage();
      const account = (...args: string[]) => kubectl(source.testbed.kubeconfig, args);
      await account('create', 'serviceaccount', 'backup', '-n', 'default');
      const token = (await account('create', 'token', 'backup', '-n', 'default')).trim();
      await account('delete', 'serviceaccount', 'backup', '-n', 'default');
      const { code, stderr } = await exportAs(['--token', token]);
      expect(code).toBe(1);
      expect(stderr).not.toContain(token);
    });

    it('restores nothing as a user who may only read', async () => {
      const stderr = await refused(['--as', 'reader']);
      expect(stderr).toMatch(/you may not create .*cfapps/);
    });

    it('restores nothing without a login to the registry', async () => {
      const stderr = await refused([], { logins: '/nonexistent' });
      expect(stderr).toContain(`images cannot be pushed to ${stage().target.registry.host}/`);
    });

    it('restores nothing into a registry that is read-only', async () => {
      const registry = await startRegistry({ readonly: true });
      onTestFinished(() => registry.stop());
      const stderr = await refused([], { registry: registry.host });
      expect(stderr).toContain(`images cannot be pushed to ${registry.host}/`);
    });
  });
}
