import { describe, expect, it } from 'vitest';
import type { ApiCluster } from '../../src/cluster/client.ts';
import type { ApiResource } from '../../src/cluster/cluster.ts';
import { parseServicePort } from '../../src/cluster/service.ts';
import { FrameReader } from '../../src/cluster/websocket.ts';
import { createRegistries } from '../../src/registry/client.ts';
import { ANONYMOUS } from '../../src/registry/credentials.ts';
import { parseEndpoint } from '../../src/registry/endpoints.ts';
import { parseReference, parseRepository } from '../../src/registry/reference.ts';
import type { ApiServer } from '../../src/sandbox/apiserver/server.ts';
import type { SandboxRegistryOptions } from '../../src/sandbox/registry/server.ts';
import { selfSigned } from '../registry/certificate.ts';
import { descriptorOf, inChunks, patterned, registry } from '../registry/setting.ts';
import { type PortForwardOptions, startPortForwards } from '../support/port-forward.ts';
import { afterwards, connected, server } from './server.ts';

const NAME = 'registry.kube-system.svc:5000';
const core = (plural: string, kind: string): ApiResource => ({
  ...{ group: '', version: 'v1', plural, kind, namespaced: true },
});

interface Pod {
  readonly name: string;
  readonly ready?: boolean;
  readonly labels?: Record<string, string>;
}

async function makePod(api: ApiServer, { name, ready = true, labels = { app: 'registry' } }: Pod) {
  const local = api.local();
  const pods = core('pods', 'Pod');
  const ports = [{ name: 'web', containerPort: 5001 }];
  const spec = { containers: [{ name: 'registry', image: 'registry', ports }] };
  const metadata = { name, namespace: 'kube-system', labels };
  await local.create(pods, { apiVersion: 'v1', kind: 'Pod', metadata, spec });
  const status = { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] };
  const body = { status };
  await local.patch(pods, 'kube-system', name, { type: 'merge', subresource: 'status', body });
}

/** A cluster with a registry's Service and pods, the registry itself, and a client that reaches it by the cluster's name. */
async function setting(
  options: {
    pods?: readonly Pod[];
    spec?: object;
    service?: string;
    registry?: SandboxRegistryOptions;
    refuse?: PortForwardOptions['refuse'];
    target?: (host: string) => PortForwardOptions['target'];
    frameBytes?: number;
  } = {},
) {
  const behind = await registry(options.registry);
  const { server: api } = await server();
  const local = api.local();
  const spec = options.spec ?? {
    selector: { app: 'registry' },
    ports: [{ name: 'http', port: 5000, targetPort: 'web' }],
  };
  const metadata = { name: 'registry', namespace: 'kube-system' };
  await local.create(core('services', 'Service'), { apiVersion: 'v1', kind: 'Service', metadata, spec });
  for (const pod of options.pods ?? [{ name: 'registry-0' }]) await makePod(api, pod);
  const forwards = await startPortForwards(api.url, {
    target: options.target?.(behind.host) ?? (() => behind.host),
    ...(options.refuse && { refuse: options.refuse }),
    ...(options.frameBytes !== undefined && { frameBytes: options.frameBytes }),
  });
  afterwards(() => forwards.stop());
  const cluster = await connected(api.kubeconfig().replaceAll(api.url, forwards.url), { patienceMs: 300 });
  const retries: string[] = [];
  const registries = createRegistries({
    credentials: ANONYMOUS,
    environment: {},
    endpoints: new Map([endpoint(cluster, options.service ?? 'kube-system/registry:5000')]),
    retry: { firstDelayMs: 2, attempts: 4, onRetry: ({ reason }) => void retries.push(reason) },
    ...(options.registry?.tls && { insecure: new Set([NAME]) }),
  });
  afterwards(() => registries.close());
  return { api, behind, forwards, registries, retries };
}

function endpoint(cluster: ApiCluster, service: string) {
  return parseEndpoint(`${NAME}=svc:${service}`, place => {
    const parsed = parseServicePort(place);
    const dialler = parsed && cluster.dialler(parsed);
    return dialler && (() => dialler.dial());
  });
}

describe('a registry behind a Service', () => {
  it.each([
    ['in the clear', {}, 32 * 1024],
    ['with TLS', { tls: selfSigned() }, 32 * 1024],
    ['in frames of every length', {}, 100],
    ['in large frames', {}, 200_000],
  ])(
    'is read and written through the API server, %s, under its name in the cluster',
    async (_, options, frameBytes) => {
      const { behind, registries, forwards } = await setting({ registry: options, frameBytes });
      const repository = parseRepository(`${NAME}/a`);
      const bytes = patterned(1_300_000);
      const descriptor = descriptorOf(bytes);
      await registries.pushBlob(repository, descriptor, inChunks(bytes));
      expect(behind.has('a', descriptor.digest)).toBe(true);
      const read: Buffer[] = [];
      for await (const { chunk } of registries.blobs([{ descriptor, repositories: [repository] }])) {
        read.push(Buffer.from(chunk));
      }
      expect(Buffer.concat(read).equals(bytes)).toBe(true);
      // The port has a name in the Service, and its number in the pod.
      expect(new Set(forwards.opened)).toEqual(new Set(['registry-0:5001']));
    },
  );

  it('is reached at a pod that is ready and belongs to it', async () => {
    const pods = [
      { name: 'another', labels: { app: 'another' } },
      { name: 'starting', ready: false },
      { name: 'serving' },
    ];
    const { registries, behind, forwards } = await setting({ pods });
    behind.pushImage('a', { layers: [], tag: 'v1' });
    expect(await registries.hasManifest(parseReference(`${NAME}/a:v1`))).toBeDefined();
    expect(new Set(forwards.opened)).toEqual(new Set(['serving:5001']));
  });

  it('is dialled again when its tunnel breaks, wherever it is then', async () => {
    let moved = false;
    const { api, registries, behind, forwards, retries } = await setting({
      registry: {
        intercept: (request, response) => {
          if (!request.url?.endsWith('/v1') || moved) return false;
          moved = true;
          void api
            .local()
            .delete(core('pods', 'Pod'), 'kube-system', 'registry-0')
            .then(() => makePod(api, { name: 'registry-1' }))
            .then(() => forwards.breakAll());
          response.on('error', () => undefined);
          return true;
        },
      },
    });
    behind.pushImage('a', { layers: [], tag: 'v1' });
    behind.pushImage('a', { layers: [], tag: 'v0' });
    expect(await registries.hasManifest(parseReference(`${NAME}/a:v0`))).toBeDefined();
    expect(await registries.hasManifest(parseReference(`${NAME}/a:v1`))).toBeDefined();
    expect(forwards.opened.at(-1)).toBe('registry-1:5001');
    expect(retries.length).toBeGreaterThan(0);
  });

  it('that is down for a while after it has answered is waited for', async () => {
    let down = 0;
    const { registries, behind, forwards, retries } = await setting({
      target: host => () => {
        if (down-- > 0) throw new Error('dial tcp4 127.0.0.1:5001: connect: connection refused');
        return host;
      },
    });
    behind.pushImage('a', { layers: [], tag: 'v1' });
    const reference = parseReference(`${NAME}/a:v1`);
    expect(await registries.hasManifest(reference)).toBeDefined();
    down = 2;
    forwards.breakAll();
    expect(await registries.hasManifest(reference)).toBeDefined();
    expect(retries.join()).toContain('connection refused');
  });

  it.each([
    ['no service', { service: 'kube-system/other:5000' }, 'the cluster has no such service', undefined],
    [
      'no such port',
      { service: 'kube-system/registry:80' },
      'the service has no port 80',
      'its ports are 5000 or http',
    ],
    [
      'no port of that name in the pod',
      { spec: { selector: { app: 'registry' }, ports: [{ port: 5000, targetPort: 'nowhere' }] } },
      'its pods have no port of the name nowhere',
      undefined,
    ],
    [
      'no selector',
      { spec: { ports: [{ port: 5000 }] } },
      'the service has no selector, so that its pods are not known',
      'forward a port to it yourself, and pass its URL',
    ],
    [
      'no pod that is ready',
      { pods: [{ name: 'registry-0', ready: false }] },
      'no pod of the service is ready',
      'kubectl --namespace kube-system get pods --selector app=registry shows why',
    ],
    [
      'no right to it',
      {
        refuse: () => ({
          status: 403,
          body: {
            kind: 'Status',
            reason: 'Forbidden',
            message: 'User "joe" cannot get resource "pods/portforward"',
          },
        }),
      },
      'User "joe" cannot get resource "pods/portforward"',
      'a port-forward takes the rights to get and to create pods/portforward',
    ],
    [
      'no kubelet',
      {
        refuse: () => ({
          status: 500,
          body: { kind: 'Status', message: 'error dialing backend: dial tcp 10.0.0.7:10250: i/o timeout' },
        }),
      },
      'the cluster does not forward its port: error dialing backend: dial tcp 10.0.0.7:10250: i/o timeout',
      undefined,
    ],
    [
      'nothing that listens',
      {
        target: () => () => {
          throw new Error('connect: connection refused');
        },
      },
      'connect: connection refused',
      undefined,
    ],
  ] as const)('with %s is said to be so', async (_, options, message, hint) => {
    const { registries } = await setting(options);
    await expect(registries.hasManifest(parseReference(`${NAME}/a:v1`))).rejects.toMatchObject({
      message: expect.stringContaining(message),
      ...(hint !== undefined && { hints: expect.arrayContaining([hint]) }),
    });
  });

  it.each(['kube-system/registry', 'registry:5000', 'kube-system/registry:5000/v2', 'A/b:5000', ''])(
    'is not written %j',
    text => {
      expect(parseServicePort(text)).toBeUndefined();
    },
  );
});

describe('frames of a server', () => {
  it.each([
    ['a masked one', [0x82, 0x81, 1, 2, 3, 4, 5]],
    ['an extension', [0xc2, 0x01, 0]],
    ['a long control frame', [0x89, 126, 1, 0]],
    ['a control frame in pieces', [0x09, 0]],
  ])('that are %s are refused', (_, bytes) => {
    expect(() => [...new FrameReader().take(Buffer.from(bytes))]).toThrow('no WebSocket frame');
  });

  it('come in pieces of any length, and as messages of several frames', () => {
    const bytes = Buffer.from([0x02, 2, 0, 7, 0x89, 1, 9, 0x80, 1, 8]);
    for (const size of [1, 2, 3, 10]) {
      const reader = new FrameReader();
      const pieces = [];
      for (let at = 0; at < bytes.length; at += size)
        pieces.push(...reader.take(bytes.subarray(at, at + size)));
      const data = pieces.filter(({ opcode }) => opcode === 2);
      expect(Buffer.concat(data.map(piece => piece.bytes))).toEqual(Buffer.from([0, 7, 8]));
      expect(data.filter(({ first }) => first)).toHaveLength(1);
      expect(data.at(-1)?.last).toBe(true);
    }
  });
});
