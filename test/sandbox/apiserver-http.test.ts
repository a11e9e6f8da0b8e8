import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import { type ApiServer, type ApiServerOptions, startApiServer } from '../../src/sandbox/apiserver/server.ts';

let server: ApiServer;
afterEach(() => server.stop());

async function start(options: ApiServerOptions = {}): Promise<void> {
  server = await startApiServer(options);
}

interface Sent {
  method?: string;
  body?: unknown;
  type?: string;
  token?: string;
  headers?: Record<string, string>;
}

async function call(path: string, { method, body, type, token, headers }: Sent = {}) {
  const response = await fetch(`${server.url}${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(body !== undefined && { 'content-type': type ?? 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  // Whatever it is: a document's fields are read by name, as those of foreign objects are.
  const document: KubeObject[string] = await response.json();
  return { status: response.status, body: document };
}

const MAPS = '/api/v1/namespaces/default/configmaps';

/** Without what every namespace has. */
const OURS = 'fieldSelector=metadata.name!%3Dkube-root-ca.crt';

async function maps(...names: string[]): Promise<void> {
  for (const name of names) await call(MAPS, { body: { metadata: { name, labels: { n: name } } } });
}

describe('the API server over HTTP', () => {
  it('answers refusals with a Status', async () => {
    await start();
    expect(await call(`${MAPS}/none`)).toEqual({
      status: 404,
      body: {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'configmaps "none" not found',
        reason: 'NotFound',
        details: { name: 'none', kind: 'configmaps' },
        code: 404,
      },
    });
  });

  it.each([
    ['/api/v1/nothings', 404],
    ['/apis/example.com/v1/widgets', 404],
    ['/api/v1/namespaces/default/namespaces', 404],
    ['/api/v1/namespaces/default/configmaps/a/status', 404],
    ['/api/v1/namespaces/default/configmaps/a/b/c', 404],
    ['/nowhere', 404],
    [`${MAPS}?limit=-1`, 400],
    [`${MAPS}?limit=1&continue=nonsense`, 400],
    [`${MAPS}?labelSelector=a%20b%20c`, 400],
    [`${MAPS}?fieldSelector=spec.x%3D1`, 400],
  ])('answers GET %s with %i', async (path, status) => {
    await start();
    expect(await call(path)).toMatchObject({ status, body: { kind: 'Status', code: status } });
  });

  it.each([
    ['no JSON', '{', 400],
    ['a list', '[]', 400],
    ['another kind', { kind: 'Secret', metadata: { name: 'a' } }, 400],
    ['another version', { apiVersion: 'v2', metadata: { name: 'a' } }, 400],
    ['another namespace', { metadata: { name: 'a', namespace: 'other' } }, 400],
    ['a label that is no text', { metadata: { name: 'a', labels: { a: 1 } } }, 422],
    ['four megabytes', { metadata: { name: 'a' }, data: { a: 'x'.repeat(4_000_000) } }, 413],
  ])('refuses a body that is %s', async (_, body, status) => {
    await start();
    expect(await call(MAPS, { body })).toMatchObject({ status, body: { kind: 'Status' } });
  });

  it('refuses a method and a media type that it does not know', async () => {
    await start();
    await maps('a');
    expect(await call(MAPS, { method: 'PUT', body: {} })).toMatchObject({ status: 405 });
    expect(await call(`${MAPS}/a`, { method: 'PATCH', body: {}, type: 'application/json' })).toMatchObject({
      status: 415,
    });
  });

  it('replaces an object on PUT, unless it has changed meanwhile', async () => {
    await start();
    await maps('a');
    const { body: made } = await call(`${MAPS}/a`);
    const changed = { ...made, data: { b: 'c' } };
    expect(await call(`${MAPS}/a`, { method: 'PUT', body: changed })).toMatchObject({
      status: 200,
      body: { data: { b: 'c' } },
    });
    expect(await call(`${MAPS}/a`, { method: 'PUT', body: made })).toMatchObject({
      status: 409,
      body: { reason: 'Conflict' },
    });
    const other = { ...made, metadata: { name: 'a', uid: 'other' } };
    expect(await call(`${MAPS}/a`, { method: 'PUT', body: other })).toMatchObject({ status: 409 });
  });

  it('takes an apply for a merge that creates what is missing', async () => {
    await start();
    const apply = (data: object) =>
      call(`${MAPS}/applied?fieldManager=test`, {
        method: 'PATCH',
        type: 'application/apply-patch+yaml',
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data },
      });
    expect(await apply({ a: '1' })).toMatchObject({ status: 201 });
    expect(await apply({ b: '2' })).toMatchObject({ status: 200, body: { data: { a: '1', b: '2' } } });
  });

  it('deletes a collection by labels', async () => {
    await start();
    await maps('a', 'b');
    expect(await call(`${MAPS}?labelSelector=n%3Da`, { method: 'DELETE' })).toMatchObject({
      body: { status: 'Success' },
    });
    expect(await call(`${MAPS}/a`)).toMatchObject({ status: 404 });
    expect(await call(`${MAPS}/b`)).toMatchObject({ status: 200 });
  });

  it('deletes only the object that was meant', async () => {
    await start();
    await maps('a');
    const preconditions = { uid: 'another' };
    expect(await call(`${MAPS}/a`, { method: 'DELETE', body: { preconditions } })).toMatchObject({
      status: 409,
    });
    expect(await call(`${MAPS}/a?dryRun=All`, { method: 'DELETE' })).toMatchObject({ status: 200 });
    expect(await call(`${MAPS}/a`)).toMatchObject({ status: 200 });
  });

  it('keeps a list of one moment while others write, until it expires', async () => {
    await start();
    await maps('a', 'b', 'c', 'd');
    const { body: first } = await call(`${MAPS}?limit=2&${OURS}`);
    expect(first.metadata).toMatchObject({ remainingItemCount: 2, continue: expect.any(String) });
    await call(`${MAPS}/c`, { method: 'DELETE' });
    const next = () => call(`${MAPS}?limit=2&${OURS}&continue=${first.metadata.continue}`);
    const { body: second } = await next();
    expect(second.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual([
      'c',
      'd',
    ]);
    expect(second.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
    server.expireLists();
    expect(await next()).toMatchObject({ status: 410, body: { reason: 'Expired' } });
  });

  it('keeps what it is asked about itself', async () => {
    await start();
    expect(await call('/version')).toMatchObject({ body: { gitVersion: 'v1.34.4' } });
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    expect(await call('/apis/apps')).toMatchObject({
      body: { preferredVersion: { groupVersion: 'apps/v1' } },
    });
  });
});

describe('a watch', () => {
  /** Events until there are `count` of them, as `TYPE name`. */
  async function events(query: string, count: number): Promise<string[]> {
    const response = await fetch(`${server.url}${MAPS}?watch=true&${OURS}&${query}`);
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.trim().split('\n').length >= count) break;
    }
    return text
      .trim()
      .split('\n')
      .map(line => {
        const { type, object } = JSON.parse(line);
        return `${type} ${object.metadata.name ?? object.code}`;
      });
  }

  it('tells of what happens after a version', async () => {
    await start();
    await maps('before');
    const from = server.storage.revision;
    const seen = events(`resourceVersion=${from}`, 3);
    await maps('a');
    await call(`${MAPS}/a`, {
      method: 'PATCH',
      type: 'application/merge-patch+json',
      body: { data: { a: 'b' } },
    });
    await call(`${MAPS}/a`, { method: 'DELETE' });
    expect(await seen).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
    expect(await events(`resourceVersion=${from}`, 3)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
  });

  it('takes an object that begins or ceases to match for a new or a deleted one', async () => {
    await start();
    await maps('a');
    const seen = events('labelSelector=color%3Dred', 2);
    await sleep(50);
    const paint = (color: string) =>
      call(`${MAPS}/a`, {
        method: 'PATCH',
        type: 'application/merge-patch+json',
        body: { metadata: { labels: { color } } },
      });
    await paint('blue');
    await paint('red');
    await paint('green');
    expect(await seen).toEqual(['ADDED a', 'DELETED a']);
  });

  it('ends after its time', async () => {
    await start();
    const response = await fetch(
      `${server.url}${MAPS}?watch=1&timeoutSeconds=1&${OURS}&resourceVersion=${server.storage.revision}`,
    );
    expect(await response.text()).toBe('');
  });
});

describe('access', () => {
  const users = [
    { name: 'admin', token: 'a', groups: ['system:masters'] },
    { name: 'reader', token: 'r' },
  ];

  it('needs a token when there are users', async () => {
    await start({ users });
    expect(await call('/version')).toMatchObject({ status: 401, body: { reason: 'Unauthorized' } });
    expect(await call('/version', { token: 'x' })).toMatchObject({ status: 401 });
    expect(await call('/version', { token: 'r' })).toMatchObject({ status: 200 });
  });

  it('is what the authorizer allows, in the words of the real one', async () => {
    await start({
      users,
      authorize: (user, { verb }) => user.name === 'admin' || ['get', 'list'].includes(verb),
    });
    expect(await call('/api/v1/secrets', { token: 'r' })).toMatchObject({ status: 200 });
    expect(await call(MAPS, { token: 'r', body: { metadata: { name: 'a' } } })).toMatchObject({
      status: 403,
      body: {
        message:
          'configmaps is forbidden: User "reader" cannot create resource "configmaps" in API group "" in the namespace "default"',
      },
    });
    const headers = { 'impersonate-user': 'reader' };
    expect(await call(MAPS, { token: 'a', headers, body: { metadata: { name: 'a' } } })).toMatchObject({
      status: 403,
    });
    expect(await call('/apis/apps/v1/deployments/x', { method: 'DELETE', token: 'r' })).toMatchObject({
      body: {
        message: expect.stringContaining(
          'deployments.apps "x" is forbidden: User "reader" cannot delete resource "deployments"',
        ),
      },
    });
  });

  it('can be asked for beforehand', async () => {
    await start({
      users,
      authorize: (user, { verb, group }) => user.name === 'admin' || (verb === 'list' && group === 'apps'),
    });
    const ask = async (verb: string, group: string) => {
      const resourceAttributes = { verb, group, resource: 'deployments' };
      const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
      return (await call(path, { token: 'r', body: { spec: { resourceAttributes } } })).body.status.allowed;
    };
    expect(await ask('list', 'apps')).toBe(true);
    expect(await ask('create', 'apps')).toBe(false);
    expect(await ask('list', '')).toBe(false);
  });

  it('comes as a kubeconfig for each user', async () => {
    await start({ users, context: 'cluster' });
    expect(server.kubeconfig('reader')).toContain('token: r');
    expect(server.kubeconfig()).toContain('token: a');
    expect(server.kubeconfig()).toContain('current-context: cluster');
  });
});
