import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiCluster, connectCluster } from '../../src/cluster/client.ts';
import type { ApiResource } from '../../src/cluster/cluster.ts';
import { createRegistries } from '../../src/registry/client.ts';
import { ANONYMOUS } from '../../src/registry/credentials.ts';
import { parseReference, parseRepository } from '../../src/registry/reference.ts';
import { type SandboxRegistry, startSandboxRegistry } from '../../src/sandbox/registry/server.ts';
import { selfSigned } from '../registry/certificate.ts';
import { descriptorOf, inChunks, patterned } from '../registry/setting.ts';
import { type PortForwards, startPortForwards } from '../support/port-forward.ts';
import { startTestbed, type Testbed } from '../testbed/testbed.ts';

const NAME = 'registry.default.svc:5000';
const core = (plural: string, kind: string, namespaced = true): ApiResource => ({
  ...{ group: '', version: 'v1', plural, kind, namespaced },
});
const [NODES, PODS, SERVICES] = [
  core('nodes', 'Node', false),
  core('pods', 'Pod'),
  core('services', 'Service'),
];

/** The API server is real; the kubelet behind it is played, and leads to a registry. */
describe("a real API server's port-forward", () => {
  let testbed: Testbed;
  let cluster: ApiCluster;
  let behind: SandboxRegistry;
  let kubelet: PortForwards;

  beforeAll(async () => {
    testbed = await startTestbed({ controllers: [] });
    cluster = await connectCluster({ kubeconfig: testbed.kubeconfig });
    behind = await startSandboxRegistry();
    kubelet = await startPortForwards('http://localhost', { target: () => behind.host, tls: selfSigned() });
    await cluster.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } });
    const daemonEndpoints = { kubeletEndpoint: { Port: Number(new URL(kubelet.url).port) } };
    const addresses = [{ type: 'InternalIP', address: '127.0.0.1' }];
    await patchStatus(NODES, undefined, 'node-1', { addresses, daemonEndpoints });
  }, 120_000);
  afterAll(async () => {
    await Promise.all([cluster?.close(), kubelet?.stop(), behind?.stop()]);
    await testbed?.stop();
  });

  function patchStatus(kind: ApiResource, namespace: string | undefined, name: string, status: object) {
    return cluster.patch(kind, namespace, name, { type: 'merge', subresource: 'status', body: { status } });
  }

  /** A Service with a pod on a node, or on none. */
  async function offer(name: string, nodeName?: string): Promise<void> {
    const metadata = { name, namespace: 'default', labels: { app: name } };
    const ports = [{ port: 5000, targetPort: 5001 }];
    const service = { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: { app: name }, ports } };
    await cluster.create(SERVICES, service);
    const containers = [{ name: 'registry', image: 'registry' }];
    const spec = { containers, ...(nodeName !== undefined && { nodeName }) };
    await cluster.create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata, spec });
    await patchStatus(PODS, 'default', name, { conditions: [{ type: 'Ready', status: 'True' }] });
  }

  function through(by: ApiCluster, name: string) {
    const dialler = by.dialler({ namespace: 'default', name, port: '5000' });
    const endpoints = new Map([[NAME, { dial: () => dialler.dial() }]]);
    return createRegistries({ credentials: ANONYMOUS, environment: {}, endpoints });
  }

  it('carries a registry, both ways', async () => {
    await offer('registry', 'node-1');
    const registries = through(cluster, 'registry');
    const bytes = patterned(3_000_000);
    const repository = parseRepository(`${NAME}/a`);
    await registries.pushBlob(repository, descriptorOf(bytes), inChunks(bytes));
    expect(behind.has('a', descriptorOf(bytes).digest)).toBe(true);
    const read: Buffer[] = [];
    const source = { descriptor: descriptorOf(bytes), repositories: [repository] };
    for await (const { chunk } of registries.blobs([source])) read.push(Buffer.from(chunk));
    expect(Buffer.concat(read).equals(bytes)).toBe(true);
    expect(new Set(kubelet.opened)).toEqual(new Set(['registry:5001']));
    await registries.close();
  });

  it('that has no node to go to says so', async () => {
    await offer('nowhere');
    const registries = through(cluster, 'nowhere');
    await expect(registries.hasManifest(parseReference(`${NAME}/a:v1`))).rejects.toMatchObject({
      code: 'not-connected',
      message: expect.stringContaining('does not have a host assigned'),
    });
    await registries.close();
  });

  it('that somebody may not use says which rights it takes', async () => {
    const reader = await connectCluster({ kubeconfig: await testbed.kubeconfigFor('nobody') });
    const registries = through(reader, 'registry');
    await expect(registries.hasManifest(parseReference(`${NAME}/a:v1`))).rejects.toMatchObject({
      message: expect.stringContaining('cannot get resource "services"'),
    });
    await Promise.all([registries.close(), reader.close()]);
  });
});
