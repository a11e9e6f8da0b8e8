import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import type { ApiResource, Cluster } from '../../src/cluster/cluster.ts';
import type { AdmissionRequest } from '../../src/sandbox/apiserver/admission.ts';
import { type ApiServer, startApiServer } from '../../src/sandbox/apiserver/server.ts';

const MAPS: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};
const SERVICES: ApiResource = { ...MAPS, plural: 'services', kind: 'Service' };

function object(resource: ApiResource, content: object = {}, namespace = 'default'): KubeObject {
  return { apiVersion: 'v1', kind: resource.kind, metadata: { name: 'x', namespace }, ...content };
}

let server: ApiServer;
let cluster: Cluster;
let asked: AdmissionRequest[];
beforeEach(async () => {
  server = await startApiServer();
  cluster = server.local();
  asked = [];
});
afterEach(() => server.stop());

/** A webhook that allows everything, and remembers what it was asked about objects named x. */
function listen(): void {
  server.admit({
    name: 'listener.example.com',
    admit: async request => {
      if (request.name === 'x') asked.push(request);
      return { allowed: true };
    },
  });
}

describe('a webhook', () => {
  it('is asked about every write, with what was and what will be', async () => {
    listen();
    await cluster.create(MAPS, object(MAPS, { data: { a: '1' } }));
    await cluster.patch(
      MAPS,
      'default',
      'x',
      { type: 'merge', body: { data: { a: '2' } } },
      { dryRun: true },
    );
    await cluster.delete(MAPS, 'default', 'x');
    expect(asked.map(({ operation, dryRun }) => [operation, dryRun])).toEqual([
      ['CREATE', false],
      ['UPDATE', true],
      ['DELETE', false],
    ]);
    expect(asked.map(({ object }) => object?.data?.a)).toEqual(['1', '2', undefined]);
    expect(asked.map(({ oldObject }) => oldObject?.data?.a)).toEqual([undefined, '1', '1']);
    expect(asked[0]).toMatchObject({
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      namespace: 'default',
      name: 'x',
    });
  });

  it('sees a status that is sent along, although it is dropped', async () => {
    listen();
    const made = await cluster.create(
      SERVICES,
      object(SERVICES, { status: { loadBalancer: { sent: true } } }),
    );
    expect(asked[0]?.object?.status).toEqual({ loadBalancer: { sent: true } });
    expect(made.status).toBeUndefined();
  });

  it('knows which subresource is written', async () => {
    await cluster.create(SERVICES, object(SERVICES));
    listen();
    await cluster.patch(SERVICES, 'default', 'x', {
      type: 'merge',
      body: { status: { a: 1 } },
      subresource: 'status',
    });
    expect(asked.map(({ subResource }) => subResource)).toEqual(['status']);
  });

  it('may change what is written', async () => {
    server.admit({
      name: 'finalizer.example.com',
      admit: async ({ object: sent, operation }) => {
        if (operation !== 'CREATE' || sent?.kind !== 'ConfigMap') return { allowed: true };
        return {
          allowed: true,
          object: { ...sent, metadata: { ...sent.metadata, finalizers: ['example.com/f'] } },
        };
      },
    });
    const made = await cluster.create(MAPS, object(MAPS));
    expect(made.metadata.finalizers).toEqual(['example.com/f']);
    expect(await cluster.get(MAPS, 'default', 'x')).toEqual(made);
  });

  it('cannot change what a write may not', async () => {
    const made = await cluster.create(SERVICES, object(SERVICES, { spec: { a: 1 } }));
    server.admit({
      name: 'odd.example.com',
      admit: async ({ object: sent }) =>
        sent
          ? {
              allowed: true,
              object: { ...sent, spec: { a: 2 }, metadata: { ...sent.metadata, uid: 'other' } },
            }
          : { allowed: true },
    });
    const patch = { type: 'merge', body: { status: { b: 1 } }, subresource: 'status' } as const;
    const changed = await cluster.patch(SERVICES, 'default', 'x', patch);
    expect(changed).toMatchObject({ spec: { a: 1 }, status: { b: 1 } });
    expect(changed.metadata.uid).toBe(made.metadata.uid);
  });

  it.each([
    [
      { message: 'taken' },
      {
        status: 403,
        reason: 'Forbidden',
        message: 'admission webhook "v.example.com" denied the request: taken',
      },
    ],
    [
      {},
      { status: 403, message: 'admission webhook "v.example.com" denied the request without explanation' },
    ],
    [
      { code: 422, message: 'bad' },
      { status: 422, message: 'admission webhook "v.example.com" denied the request: bad' },
    ],
  ])('may deny: %j', async (denial, refusal) => {
    server.admit({ name: 'v.example.com', admit: async () => ({ allowed: false, ...denial }) });
    await expect(cluster.create(MAPS, object(MAPS))).rejects.toMatchObject(refusal);
    expect(await cluster.get(MAPS, 'default', 'x')).toBeUndefined();
  });

  it('is asked before a name is found to be taken, and after the namespace is found', async () => {
    await cluster.create(MAPS, object(MAPS));
    server.admit({ name: 'v.example.com', admit: async () => ({ allowed: false, message: 'duplicate' }) });
    await expect(cluster.create(MAPS, object(MAPS))).rejects.toMatchObject({ status: 403 });
    await expect(cluster.create(MAPS, object(MAPS, {}, 'none'))).rejects.toMatchObject({ status: 404 });
  });

  it('that cannot be reached stops every write', async () => {
    const unplug = server.admit({
      name: 'v.example.com',
      admit: async () => {
        throw new Error('connection refused');
      },
    });
    await expect(cluster.create(MAPS, object(MAPS))).rejects.toMatchObject({
      status: 500,
      message: 'Internal error occurred: failed calling webhook "v.example.com": connection refused',
    });
    unplug();
    expect((await cluster.create(MAPS, object(MAPS))).metadata.name).toBe('x');
  });

  it('may write itself meanwhile: the patch is made on what it left', async () => {
    await cluster.create(MAPS, object(MAPS, { data: { a: '1' } }));
    let first = true;
    server.admit({
      name: 'busy.example.com',
      admit: async ({ operation, name }) => {
        if (operation === 'UPDATE' && name === 'x' && first) {
          first = false;
          await cluster.patch(MAPS, 'default', 'x', { type: 'merge', body: { data: { hook: 'y' } } });
        }
        return { allowed: true };
      },
    });
    const patched = await cluster.patch(MAPS, 'default', 'x', { type: 'merge', body: { data: { b: '2' } } });
    expect(patched.data).toEqual({ a: '1', hook: 'y', b: '2' });
  });
});
