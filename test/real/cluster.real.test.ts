import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import { type ApiCluster, connectCluster } from '../../src/cluster/client.ts';
import type { ApiResource } from '../../src/cluster/cluster.ts';
import type { ClusterOptions } from '../../src/cluster/options.ts';
import { startTestbed, type Testbed } from '../testbed/testbed.ts';

const SECRETS: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
  namespaced: true,
};
const API_SERVICES: ApiResource = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  plural: 'apiservices',
  kind: 'APIService',
  namespaced: false,
};

function secret(): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: `s-${randomUUID()}`, namespace: 'default' } };
}

describe('the client on a real API server', () => {
  let testbed: Testbed;
  const open: ApiCluster[] = [];

  beforeAll(async () => {
    // Few requests at once, and the others turned away rather than queued.
    const apiserverFlags = ['--max-requests-inflight=2', '--enable-priority-and-fairness=false'];
    testbed = await startTestbed({ controllers: [], apiserverFlags });
  }, 120_000);
  afterAll(async () => {
    await Promise.all(open.map(cluster => cluster.close()));
    await testbed?.stop();
  });

  async function connect(options: ClusterOptions = {}): Promise<ApiCluster> {
    const cluster = await connectCluster({ kubeconfig: testbed.kubeconfig, ...options });
    open.push(cluster);
    return cluster;
  }

  async function list(cluster: ApiCluster): Promise<number> {
    let count = 0;
    for await (const page of cluster.list(SECRETS)) count += page.length;
    return count;
  }

  it('is let in with a token or a client certificate', async () => {
    expect(await (await connect()).version()).toMatch(/^v1\.\d+\.\d+$/);
    const base64 = async (path: string) => (await readFile(path)).toString('base64');
    const { certificates, server } = testbed;
    const config = {
      clusters: [
        {
          name: 'c',
          cluster: { server: server.origin, 'certificate-authority-data': await base64(certificates.ca) },
        },
      ],
      users: [
        {
          name: 'c',
          user: { 'client-certificate': certificates.clientCert, 'client-key': certificates.clientKey },
        },
      ],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
      'current-context': 'c',
    };
    const kubeconfig = join(testbed.directory, 'certificate.kubeconfig');
    await writeFile(kubeconfig, JSON.stringify(config));
    const cluster = await connect({ kubeconfig });
    expect(await cluster.can('delete', { group: '', plural: 'nodes' })).toBe(true);
  });

  it('is told apart: who is not let in, and who may not', async () => {
    await expect((await connect({ token: 'wrong' })).version()).rejects.toMatchObject({
      code: 'unauthorized',
    });
    const reader = await connect({ kubeconfig: await testbed.kubeconfigFor('reader') });
    await expect(list(reader)).resolves.toBeTypeOf('number');
    await expect(reader.create(SECRETS, secret())).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('User "reader" cannot create resource "secrets"'),
    });
    const nobody = await connect({ kubeconfig: await testbed.kubeconfigFor('nobody') });
    await expect(list(nobody)).rejects.toMatchObject({ code: 'forbidden', subject: 'GET /api/v1/secrets' });
    expect(await nobody.can('list', { group: '', plural: 'secrets' })).toBe(false);
  });

  it('may be somebody else', async () => {
    await expect(list(await connect({ as: 'nobody' }))).rejects.toThrow('User "nobody" cannot list');
    const grouped = await connect({ as: 'nobody', asGroup: ['system:masters'] });
    await expect(list(grouped)).resolves.toBeTypeOf('number');
  });

  it('does not trust a server without its authority', async () => {
    const cluster = await connect({
      server: testbed.server.origin,
      kubeconfig: await bare(testbed),
      token: testbed.adminToken,
    });
    await expect(cluster.version()).rejects.toMatchObject({
      code: 'not-connected',
      message: expect.stringContaining('the API server cannot be trusted'),
    });
  });

  it('gets through flow control', async () => {
    const admin = await connect();
    await Promise.all(Array.from({ length: 200 }, () => admin.create(SECRETS, secret())));
    let refused = 0;
    // Flow control never turns the group system:masters away.
    const reader = await connect({
      kubeconfig: await testbed.kubeconfigFor('reader'),
      onRetry: ({ reason }) => {
        if (reason === '429 Too Many Requests') refused += 1;
      },
    });
    const counts = await Promise.all(Array.from({ length: 60 }, () => list(reader)));
    expect(new Set(counts)).toEqual(new Set([200]));
    expect(refused).toBeGreaterThan(0);
  });

  it('names a group whose server is down', async () => {
    const cluster = await connect();
    await cluster.create(API_SERVICES, {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1.gone.example.com' },
      spec: {
        group: 'gone.example.com',
        version: 'v1',
        service: { name: 'gone', namespace: 'default' },
        insecureSkipTLSVerify: true,
        groupPriorityMinimum: 1_000,
        versionPriority: 10,
      },
    });
    await expect
      .poll(async () => [...(await cluster.discover()).broken.keys()], { timeout: 60_000 })
      .toEqual(['gone.example.com/v1']);
    expect((await cluster.discover()).find('', 'Secret', ['v1'])).toEqual(SECRETS);
  });
});

async function bare(testbed: Testbed): Promise<string> {
  const path = join(testbed.directory, 'bare.kubeconfig');
  await writeFile(path, '');
  return path;
}
