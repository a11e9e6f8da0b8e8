import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/base/errors.ts';
import type { KubeObject } from '../../src/base/object.ts';
import type { Retry } from '../../src/cluster/options.ts';
import {
  brokenGroup,
  classicDiscovery,
  cutAfter,
  everything,
  expired,
  failing,
  forbidden,
  html,
  inTurn,
  laterPagesOf,
  listsOf,
  lost,
  slow,
  tooMany,
  writes,
} from '../faults/apiserver.ts';
import { CONFIG_MAPS, SECRETS } from '../sandbox/contract-kinds.ts';
import { connected, fill, server, WAYS } from './server.ts';

async function collect(pages: AsyncIterable<KubeObject[]>): Promise<string[]> {
  const names: string[] = [];
  for await (const page of pages) names.push(...page.map(({ metadata }) => metadata.name));
  return names;
}

const FILLER = { labelSelector: 'app=filler' };
const map = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
});

describe.each(WAYS)('over connections for %s,', (_, connected) => {
  describe('a list', () => {
    it('begins anew when its snapshot expires in the middle, and says so', async () => {
      const { server: api, faults } = await server();
      await fill(api, 1_100);
      const cluster = await connected(api.kubeconfig());
      faults.add(laterPagesOf('configmaps'), expired, 2);
      let names: string[] = [];
      let restarts = 0;
      const onRestart = () => {
        restarts += 1;
        names = [];
      };
      for await (const page of cluster.list(CONFIG_MAPS, { ...FILLER, onRestart })) {
        names.push(...page.map(({ metadata }) => metadata.name));
      }
      expect(restarts).toBe(2);
      expect(new Set(names).size).toBe(1_100);
      expect(names).toHaveLength(1_100);
    });

    it('gives up when it expires time and again', async () => {
      const { server: api, faults } = await server();
      await fill(api, 501);
      const cluster = await connected(api.kubeconfig());
      faults.add(laterPagesOf('configmaps'), expired, 100);
      await expect(collect(cluster.list(CONFIG_MAPS, FILLER))).rejects.toMatchObject({
        status: 410,
        reason: 'Expired',
      });
    });

    it('asks for fewer objects when a page is larger than what is held in memory', async () => {
      const { server: api, faults } = await server();
      await fill(api, 50, { text: 'x'.repeat(10_000) });
      const cluster = await connected(api.kubeconfig(), { responseBytes: 350_000 });
      expect(await collect(cluster.list(CONFIG_MAPS, FILLER))).toHaveLength(50);
      const limits = faults.calls.map(call => Number(/limit=([0-9]+)/.exec(call)?.[1]));
      expect(limits).toEqual([500, 250, 125, 63, 32, 32]);
    });

    it('asks for the page again when the connection breaks within it', async () => {
      const { server: api, faults } = await server();
      await fill(api, 600);
      const cluster = await connected(api.kubeconfig());
      faults.add(listsOf('configmaps'), cutAfter(1_000), 2);
      faults.add(laterPagesOf('configmaps'), cutAfter(500));
      expect(await collect(cluster.list(CONFIG_MAPS, FILLER))).toHaveLength(600);
    });

    it('keeps every field of every object, and names its kind', async () => {
      const { server: api } = await server();
      const sent = { ...map('odd'), data: { a: 'b' }, unknown: { deep: [1, { two: null }] } };
      await api.local().create(CONFIG_MAPS, sent);
      const cluster = await connected(api.kubeconfig());
      const pages = cluster.list(CONFIG_MAPS, { fieldSelector: 'metadata.name=odd' });
      const { value } = await pages.next();
      expect(value).toEqual([await api.local().get(CONFIG_MAPS, 'default', 'odd')]);
      expect(value?.[0]).toMatchObject(sent);
    });

    it('fails by name when it is forbidden', async () => {
      const { server: api, faults } = await server();
      const cluster = await connected(api.kubeconfig());
      faults.add(listsOf('secrets'), forbidden('secrets'));
      await expect(collect(cluster.list(SECRETS))).rejects.toMatchObject({
        code: 'forbidden',
        subject: 'GET /api/v1/secrets',
        message: expect.stringContaining('User "reader" cannot list resource "secrets"'),
      });
    });
  });

  describe('a request', () => {
    it('waits as long as the server asks, and tells of it', async () => {
      const { server: api, faults } = await server();
      const retries: Retry[] = [];
      const cluster = await connected(api.kubeconfig(), { onRetry: retry => retries.push(retry) });
      faults.add(everything, tooMany(1));
      const started = Date.now();
      expect(await cluster.version()).toBe('v1.34.4');
      expect(Date.now() - started).toBeGreaterThanOrEqual(1_000);
      expect(retries).toEqual([
        { request: 'GET /version', reason: '429 Too Many Requests', attempt: 1, delayMs: expect.any(Number) },
      ]);
    });

    it('is repeated when the server is unwell, until patience ends', async () => {
      const { server: api, faults } = await server();
      const cluster = await connected(api.kubeconfig(), { patienceMs: 2_000 });
      faults.add(everything, failing(503), 2);
      expect(await cluster.version()).toBe('v1.34.4');
      faults.add(everything, failing(500), 100);
      await expect(cluster.version()).rejects.toMatchObject({
        code: 'api-error',
        status: 500,
        message: 'the server is unwell',
      });
    });

    it('that creates is not repeated when it may have been done', async () => {
      const { server: api, faults } = await server();
      const cluster = await connected(api.kubeconfig());
      faults.add(writes, lost);
      await expect(cluster.create(CONFIG_MAPS, map('once'))).rejects.toMatchObject({ code: 'not-connected' });
      expect(faults.calls.filter(call => call.startsWith('POST'))).toHaveLength(1);
      expect(await cluster.get(CONFIG_MAPS, 'default', 'once')).toBeDefined();
    });

    it('that creates is repeated when it cannot have been done', async () => {
      const { server: api, faults } = await server();
      const cluster = await connected(api.kubeconfig());
      faults.add(writes, tooMany(0));
      faults.add(writes, failing(500, 'failed calling webhook "w": connection refused'));
      expect((await cluster.create(CONFIG_MAPS, map('again'))).metadata.name).toBe('again');
      faults.clear();
      faults.add(writes, failing(500));
      await expect(cluster.create(CONFIG_MAPS, map('never'))).rejects.toMatchObject({ status: 500 });
      expect(faults.calls).toHaveLength(1);
    });

    it('that merges a patch is repeated even if it was done', async () => {
      const { server: api, faults } = await server();
      const cluster = await connected(api.kubeconfig());
      await cluster.create(CONFIG_MAPS, map('patched'));
      faults.add(writes, lost);
      const patched = await cluster.patch(CONFIG_MAPS, 'default', 'patched', {
        type: 'merge',
        body: { data: { a: 'b' } },
      });
      expect(patched.data).toEqual({ a: 'b' });
    });

    it('that is denied by a webhook is no matter of rights', async () => {
      const { server: api } = await server();
      api.admit({
        name: 'vmap.example.com',
        admit: async () => ({ allowed: false, message: 'no such luck' }),
      });
      const cluster = await connected(api.kubeconfig());
      await expect(cluster.create(CONFIG_MAPS, map('denied'))).rejects.toMatchObject({
        code: 'api-error',
        status: 403,
        message: 'admission webhook "vmap.example.com" denied the request: no such luck',
      });
    });

    it('ends when it takes longer than --request-timeout', async () => {
      const { server: api, faults } = await server();
      const cluster = await connected(api.kubeconfig(), { requestTimeout: '50ms', patienceMs: 0 });
      faults.add(everything, slow(1_000));
      await expect(cluster.version()).rejects.toMatchObject({
        code: 'timeout',
        hints: [expect.stringContaining('--request-timeout')],
      });
    });

    it('ends at once when it is interrupted, with the reason that was given', async () => {
      const { server: api, faults } = await server();
      const cluster = await connected(api.kubeconfig());
      faults.add(everything, slow(5_000), 2);
      const reason = new Failure('interrupted', 'stopped by the user');
      await expect(cluster.version(AbortSignal.timeout(30))).rejects.toMatchObject({ code: 'interrupted' });
      const abort = new AbortController();
      setTimeout(() => abort.abort(reason), 30);
      await expect(cluster.version(abort.signal)).rejects.toBe(reason);
    });

    it('ends at once when it is interrupted during a pause', async () => {
      const { server: api, faults } = await server();
      const abort = new AbortController();
      const cluster = await connected(api.kubeconfig(), { onRetry: () => abort.abort() });
      faults.add(everything, tooMany(30), 5);
      await expect(cluster.version(abort.signal)).rejects.toMatchObject({ code: 'interrupted' });
    });

    it.each([
      [200, 'GET /version'],
      [403, 'GET /version'],
      [302, 'GET /version'],
    ])('that a proxy answers with an HTML page (%i) says so', async status => {
      const { server: api, faults } = await server();
      const cluster = await connected(api.kubeconfig());
      faults.add(everything, html(status, 'Corporate Login'));
      await expect(cluster.version()).rejects.toMatchObject({
        code: 'not-connected',
        message: expect.stringContaining('an HTML page titled "Corporate Login"'),
        subject: api.url,
      });
    });

    it('says who it comes from', async () => {
      const agents: unknown[] = [];
      const { server: api } = await server({
        intercept: (call, next) => {
          agents.push(call.headers['user-agent']);
          return next(call);
        },
      });
      const cluster = await connected(api.kubeconfig());
      await cluster.version();
      expect(agents).toEqual([expect.stringMatching(/^asa-backup\/\d+\.\d+\.\d+/)]);
    });
  });

  describe('an unreachable server', () => {
    it('fails at once', async () => {
      const { server: api } = await server();
      const cluster = await connected(api.kubeconfig(), { server: 'http://127.0.0.1:1' });
      await expect(cluster.version()).rejects.toMatchObject({
        code: 'not-connected',
        subject: 'http://127.0.0.1:1',
        message: expect.stringContaining('ECONNREFUSED'),
      });
    });

    it('is waited for once it has answered', async () => {
      const { server: api } = await server();
      const reasons: string[] = [];
      const cluster = await connected(api.kubeconfig(), {
        onRetry: ({ reason }) => reasons.push(reason),
        patienceMs: 20_000,
      });
      await cluster.version();
      const port = Number(new URL(api.url).port);
      await api.stop();
      const pending = cluster.version();
      const { server: again } = await server({ port });
      expect(await pending).toBe('v1.34.4');
      expect(again.url).toBe(api.url);
      expect(reasons.length).toBeGreaterThan(0);
    });

    it('that speaks something else than HTTP is named', async () => {
      const odd = createServer(socket => socket.end('SSH-2.0-OpenSSH\r\n'));
      await new Promise<void>(resolve => odd.listen(0, '127.0.0.1', resolve));
      const { port } = odd.address() as { port: number };
      const { server: api } = await server();
      const cluster = await connected(api.kubeconfig(), {
        server: `http://127.0.0.1:${port}`,
        patienceMs: 0,
      });
      await expect(cluster.version()).rejects.toMatchObject({
        code: 'not-connected',
        subject: `http://127.0.0.1:${port}`,
      });
      odd.close();
    });
  });
});

describe('discovery', () => {
  it('takes two requests', async () => {
    const { server: api, faults } = await server();
    const cluster = await connected(api.kubeconfig());
    const surface = await cluster.discover();
    expect(surface.find('', 'Secret', ['v1'])).toEqual(SECRETS);
    expect(faults.calls.sort()).toEqual(['GET /api', 'GET /apis']);
  });

  it('finds the same on a server without aggregated documents', async () => {
    const { server: api, faults } = await server();
    const cluster = await connected(api.kubeconfig());
    const known = await cluster.discover();
    faults.add(everything, classicDiscovery, 100);
    const surface = await cluster.discover();
    for (const [group, kind] of [
      ['', 'Secret'],
      ['', 'Namespace'],
      ['apps', 'Deployment'],
      ['batch', 'Job'],
    ] as const) {
      expect(surface.find(group, kind, ['v1'])).toEqual(known.find(group, kind, ['v1']));
      expect(surface.find(group, kind, ['v1'])).toBeDefined();
    }
  });

  it.each([
    ['aggregated', inTurn()],
    ['classic', inTurn(classicDiscovery)],
  ])('names a group whose server is down, and finds the others (%s)', async (_, style) => {
    const { server: api, faults } = await server();
    const broken = inTurn(brokenGroup('metrics.example.com', 'v1beta1'), style);
    faults.add(({ path }) => path === '/apis', broken);
    faults.add(({ path }) => path.includes('metrics.example.com'), failing(503, 'service unavailable'), 100);
    const cluster = await connected(api.kubeconfig(), { patienceMs: 0 });
    const surface = await cluster.discover();
    expect([...surface.broken.keys()]).toEqual(['metrics.example.com/v1beta1']);
    expect(surface.find('apps', 'Deployment', ['v1'])).toBeDefined();
  });
});
