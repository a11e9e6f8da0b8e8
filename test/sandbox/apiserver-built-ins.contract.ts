import { describe, expect, it } from 'vitest';
import type { Ground } from './apiserver-ground.ts';
import { CONFIG_MAPS, NAMESPACES, object, PODS, ROLE_BINDINGS, SECRETS, until } from './contract-kinds.ts';

/** What is special about kinds that a server has by itself. */
export function builtIns(on: Ground): void {
  const { namespace } = on;

  describe('built-in kinds', () => {
    it('merge the stringData of a secret into its data and name its type', async () => {
      const ns = await namespace();
      const secret = object(SECRETS, { name: 's', namespace: ns }, { stringData: { key: 'value' } });
      const made = await on.cluster.create(SECRETS, secret);
      expect(made).toMatchObject({ data: { key: 'dmFsdWU=' }, type: 'Opaque' });
      expect(made).not.toHaveProperty('stringData');
      expect(made.metadata).not.toHaveProperty('generation');
    });

    it('never change the type of a secret', async () => {
      const ns = await namespace();
      await on.cluster.create(SECRETS, object(SECRETS, { name: 's', namespace: ns }));
      const patch = { type: 'merge', body: { type: 'example.com/other' } } as const;
      await expect(on.cluster.patch(SECRETS, ns, 's', patch)).rejects.toMatchObject({
        status: 422,
        reason: 'Invalid',
      });
    });

    it('want the key that the type of a secret promises', async () => {
      const ns = await namespace();
      const secret = object(
        SECRETS,
        { name: 's', namespace: ns },
        { type: 'kubernetes.io/dockerconfigjson' },
      );
      await expect(on.cluster.create(SECRETS, secret)).rejects.toMatchObject({ status: 422 });
    });

    it('never change an immutable config map', async () => {
      const ns = await namespace();
      const map = object(CONFIG_MAPS, { name: 'c', namespace: ns }, { data: { a: '1' }, immutable: true });
      await on.cluster.create(CONFIG_MAPS, map);
      const patch = { type: 'merge', body: { data: { a: '2' } } } as const;
      await expect(on.cluster.patch(CONFIG_MAPS, ns, 'c', patch)).rejects.toMatchObject({ status: 422 });
    });

    it('never change the role of a binding', async () => {
      const ns = await namespace();
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
      await on.cluster.create(
        ROLE_BINDINGS,
        object(ROLE_BINDINGS, { name: 'b', namespace: ns }, { roleRef }),
      );
      const patch = { type: 'merge', body: { roleRef: { name: 'edit' } } } as const;
      await expect(on.cluster.patch(ROLE_BINDINGS, ns, 'b', patch)).rejects.toMatchObject({ status: 422 });
    });

    it('label a namespace with its name', async () => {
      const ns = await namespace();
      const found = await on.cluster.get(NAMESPACES, undefined, ns);
      expect(found).toMatchObject({
        metadata: { labels: { 'kubernetes.io/metadata.name': ns } },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      });
    });

    it('get a service account in every namespace', async () => {
      const ns = await namespace();
      const accounts = { ...SECRETS, plural: 'serviceaccounts', kind: 'ServiceAccount' };
      await until(async () => (await on.cluster.get(accounts, ns, 'default')) !== undefined);
    });

    it('drop the status of a new pod', async () => {
      const ns = await namespace();
      const content = {
        spec: { containers: [{ name: 'c', image: 'example.com/c' }] },
        status: { phase: 'Succeeded' },
      };
      const made = await on.cluster.create(PODS, object(PODS, { name: 'p', namespace: ns }, content));
      expect(made.status?.phase).not.toBe('Succeeded');
    });
  });
}
