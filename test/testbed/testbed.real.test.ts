import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeKubeconfig } from './kubeconfig.ts';
import { kubectl, startTestbed, type Testbed } from './testbed.ts';

const widgets = JSON.stringify({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.testbed.example' },
  spec: {
    group: 'testbed.example',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
});

function widget(name: string, ownerReferences: object[] = []): string {
  return JSON.stringify({
    apiVersion: 'testbed.example/v1',
    kind: 'Widget',
    metadata: { name, namespace: 'default', ownerReferences },
  });
}

describe('an API server', () => {
  let testbed: Testbed;
  const admin = (args: string[], input?: string) => kubectl(testbed.kubeconfig, args, input);

  beforeAll(async () => {
    testbed = await startTestbed();
    await admin(['create', '-f', '-'], widgets);
    await admin(['wait', '--for=condition=Established', 'crd/widgets.testbed.example']);
  }, 120_000);
  afterAll(() => testbed?.stop());

  it('keeps a custom resource', async () => {
    await admin(['create', '-f', '-'], widget('kept'));
    expect(await admin(['get', 'widget', 'kept', '-o', 'name'])).toBe('widget.testbed.example/kept\n');
  });

  it('deletes an object whose owner is gone', async () => {
    const owner = { apiVersion: 'testbed.example/v1', kind: 'Widget', name: 'gone', uid: 'dead' };
    await admin(['create', '-f', '-'], widget('orphan', [owner]));
    // The garbage collector looks for new kinds every 30 s only.
    const names = () => admin(['get', 'widgets', '-o', 'name']);
    for (let second = 0; second < 60 && (await names()).includes('orphan'); second++) {
      await sleep(1_000);
    }
    expect(await names()).not.toContain('orphan');
  }, 90_000);

  it('deletes a namespace whole', async () => {
    await admin(['create', 'namespace', 'short-lived']);
    await admin(['delete', 'namespace', 'short-lived', '--wait', '--timeout=30s']);
    expect(await admin(['get', 'namespaces', '-o', 'name'])).not.toContain('short-lived');
  }, 60_000);

  it('lets the reader read and not write', async () => {
    const reader = await testbed.kubeconfigFor('reader');
    await expect(kubectl(reader, ['get', 'widgets', '-A'])).resolves.toBeTypeOf('string');
    await expect(kubectl(reader, ['create', '-f', '-'], widget('forbidden'))).rejects.toThrow('(Forbidden)');
  });

  it('forbids nobody everything', async () => {
    const nobody = await testbed.kubeconfigFor('nobody');
    await expect(kubectl(nobody, ['get', 'widgets', '-A'])).rejects.toThrow('(Forbidden)');
  });

  it('knows a service account by its token', async () => {
    const token = (await admin(['create', 'token', 'default'])).trim();
    const itself = await writeKubeconfig(testbed.directory, testbed.server, testbed.caFile, 'default', token);
    const user = await kubectl(itself, ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}']);
    expect(user).toBe('system:serviceaccount:default:default');
  });
});
