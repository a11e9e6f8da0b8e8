import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import type { AdmissionHook, AdmissionRequest } from '../../src/sandbox/apiserver/admission.ts';
import { DEFINITIONS, definition, object, until, WIDGETS } from './contract-kinds.ts';

/** An API server that asks webhooks of this process. */
export interface Admitting {
  cluster: Cluster;
  /** Has a mutating webhook asked about widgets and their status, from now on. Returns how to take it away. */
  admit(hook: AdmissionHook): Promise<() => Promise<void>>;
  stop(): Promise<void>;
}

/** What an API server makes of admission webhooks: on the embedded one, where they are functions, and on a real one. */
export function admissionContract(name: string, connect: () => Promise<Admitting>): void {
  describe(`admission (${name})`, () => {
    let cluster: Cluster;
    let server: Admitting;
    let asked: AdmissionRequest[];
    let unplugs: (() => Promise<void>)[];
    let ns: string;
    let counter = 0;

    beforeAll(async () => {
      server = await connect();
      cluster = server.cluster;
      await cluster.create(DEFINITIONS, definition(WIDGETS, ['v1'], { status: {} }));
      await until(async () => {
        const surface = await cluster.discover();
        return surface.find(WIDGETS.group, WIDGETS.kind, ['v1']) !== undefined;
      });
    }, 120_000);
    afterAll(() => server?.stop());

    beforeEach(async () => {
      asked = [];
      unplugs = [];
      const namespaces = {
        group: '',
        version: 'v1',
        plural: 'namespaces',
        kind: 'Namespace',
        namespaced: false,
      };
      ns = `admission-${++counter}`;
      await cluster.create(namespaces, object(namespaces, { name: ns }));
    });
    afterEach(async () => {
      for (const unplug of unplugs) await unplug();
    });

    const widget = (content: object = {}): KubeObject =>
      object(WIDGETS, { name: 'x', namespace: ns }, content);

    async function admit(answer: AdmissionHook['admit']): Promise<void> {
      const hook: AdmissionHook = {
        name: 'hook.contract.example.com',
        admit: async request => (request.name === 'x' ? answer(request) : { allowed: true }),
      };
      unplugs.push(await server.admit(hook));
    }

    /** Allows everything, and remembers what it was asked. */
    function listen(): Promise<void> {
      return admit(async request => {
        asked.push(request);
        return { allowed: true };
      });
    }

    it('is asked about every write, with what was and what will be', async () => {
      await listen();
      await cluster.create(WIDGETS, widget({ spec: { a: 1 } }));
      await cluster.patch(WIDGETS, ns, 'x', { type: 'merge', body: { spec: { a: 2 } } }, { dryRun: true });
      await cluster.delete(WIDGETS, ns, 'x');
      expect(asked.map(({ operation, dryRun }) => [operation, dryRun])).toEqual([
        ['CREATE', false],
        ['UPDATE', true],
        ['DELETE', false],
      ]);
      expect(asked.map(({ object: sent }) => sent?.spec?.a)).toEqual([1, 2, undefined]);
      expect(asked.map(({ oldObject }) => oldObject?.spec?.a)).toEqual([undefined, 1, 1]);
      expect(asked[0]).toMatchObject({
        resource: { group: WIDGETS.group, version: 'v1', resource: 'widgets' },
        kind: { group: WIDGETS.group, version: 'v1', kind: 'Widget' },
        subResource: '',
        namespace: ns,
        name: 'x',
      });
    });

    it('sees a status that is sent along, although it is dropped', async () => {
      await listen();
      const made = await cluster.create(WIDGETS, widget({ status: { sent: true } }));
      expect(asked[0]?.object?.status).toEqual({ sent: true });
      expect(made.status).toBeUndefined();
    });

    it('knows which subresource is written', async () => {
      await cluster.create(WIDGETS, widget());
      await listen();
      await cluster.patch(WIDGETS, ns, 'x', {
        type: 'merge',
        body: { status: { a: 1 } },
        subresource: 'status',
      });
      expect(asked.map(({ subResource }) => subResource)).toEqual(['status']);
      expect(asked[0]?.object?.status).toEqual({ a: 1 });
    });

    it('may change what is written', async () => {
      await admit(async ({ object: sent, operation }) => {
        if (operation !== 'CREATE' || sent === undefined) return { allowed: true };
        const metadata = { ...sent.metadata, labels: { by: 'webhook' } };
        return { allowed: true, object: { ...sent, metadata } };
      });
      const made = await cluster.create(WIDGETS, widget());
      expect(made.metadata.labels).toEqual({ by: 'webhook' });
      expect((await cluster.get(WIDGETS, ns, 'x'))?.metadata.labels).toEqual({ by: 'webhook' });
    });

    it('cannot change what a write to the status may not', async () => {
      await cluster.create(WIDGETS, widget({ spec: { a: 1 } }));
      await admit(async ({ object: sent }) =>
        sent ? { allowed: true, object: { ...sent, spec: { a: 2 } } } : { allowed: true },
      );
      const patch = { type: 'merge', body: { status: { b: 1 } }, subresource: 'status' } as const;
      expect(await cluster.patch(WIDGETS, ns, 'x', patch)).toMatchObject({
        spec: { a: 1 },
        status: { b: 1 },
      });
    });

    const denied = 'admission webhook "hook.contract.example.com" denied the request';
    it.each([
      [{ message: 'taken' }, { status: 403, message: `${denied}: taken` }],
      [{}, { status: 403, message: `${denied} without explanation` }],
      [
        { code: 422, message: 'bad' },
        { status: 422, message: `${denied}: bad` },
      ],
    ])('may deny: %j', async (denial, refusal) => {
      await admit(async () => ({ allowed: false, ...denial }));
      await expect(cluster.create(WIDGETS, widget())).rejects.toMatchObject({
        code: 'api-error',
        ...refusal,
      });
      expect(await cluster.get(WIDGETS, ns, 'x')).toBeUndefined();
    });

    it('is asked before a name is found to be taken, and after the namespace is found', async () => {
      await cluster.create(WIDGETS, widget());
      await admit(async () => ({ allowed: false, message: 'duplicate' }));
      await expect(cluster.create(WIDGETS, widget())).rejects.toMatchObject({ status: 403 });
      const stray = object(WIDGETS, { name: 'x', namespace: 'no-such' });
      await expect(cluster.create(WIDGETS, stray)).rejects.toMatchObject({ status: 404 });
    });

    it('that cannot be had stops every write', async () => {
      await admit(async () => {
        throw new Error('out of order');
      });
      await expect(cluster.create(WIDGETS, widget(), { dryRun: false })).rejects.toMatchObject({
        status: 500,
        reason: 'InternalError',
        message: expect.stringContaining('failed calling webhook "hook.contract.example.com": '),
      });
    });

    it('may write itself meanwhile: the patch is made on what it left', async () => {
      await cluster.create(WIDGETS, widget({ spec: { a: 1 } }));
      let first = true;
      await admit(async ({ operation }) => {
        if (operation === 'UPDATE' && first) {
          first = false;
          await cluster.patch(WIDGETS, ns, 'x', { type: 'merge', body: { spec: { hook: 1 } } });
        }
        return { allowed: true };
      });
      const patched = await cluster.patch(WIDGETS, ns, 'x', { type: 'merge', body: { spec: { b: 2 } } });
      expect(patched.spec).toEqual({ a: 1, hook: 1, b: 2 });
    });
  });
}
