import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Flow } from '../../src/base/flow.ts';
import type { Credential } from '../../src/registry/credentials.ts';
import { parseReference, parseRepository } from '../../src/registry/reference.ts';
import { selfSigned } from './certificate.ts';
import { as, JOE, secured } from './secured.ts';
import { afterwards, client, descriptorOf, inChunks, patterned, registry } from './setting.ts';

describe('bearer authentication', () => {
  it('gets one token for each repository and kind of access, and knows the way after the first challenge', async () => {
    const { server, requests } = await secured();
    const [a, b] = [server.pushImage('a', { layers: [] }), server.pushImage('b/c', { layers: [] })];
    const { registries } = client({ credentials: as(JOE) });
    await Promise.all([a, a, b].map(({ reference }) => registries.manifest(parseReference(reference))));
    for (const { reference } of [a, b]) await registries.manifest(parseReference(reference));
    const bytes = Buffer.from('x');
    await registries.pushBlob(parseRepository(`${server.host}/b/c`), descriptorOf(bytes), inChunks(bytes));
    const digest = descriptorOf(bytes).digest;
    const mounted = [parseRepository(`${server.host}/a`), parseRepository(`${server.host}/b/c`)] as const;
    expect(await registries.mountBlob(mounted[0], digest, mounted[1])).toBe(true);
    expect(requests.map(({ scopes }) => scopes.join(' ')).sort()).toEqual([
      'repository:a:pull',
      'repository:a:pull,push repository:b/c:pull',
      'repository:b/c:pull',
      'repository:b/c:pull,push',
    ]);
    expect(requests[0]).toMatchObject({ method: 'GET', service: 'reg,istry' });
  });

  it('asks for the scope that a registry names, for the request that it named it for and for no other', async () => {
    const challenge = (request: IncomingMessage) =>
      `,scope="repository:prefix/a:${request.method === 'POST' ? 'pull,push' : 'pull'}"`;
    const { server, requests } = await secured({ challenge });
    const image = server.pushImage('a', { layers: [] });
    const { registries } = client({ credentials: as(JOE) });
    const bytes = Buffer.from('x');
    await registries.pushBlob(parseRepository(`${server.host}/a`), descriptorOf(bytes), inChunks(bytes));
    await registries.manifest(parseReference(image.reference));
    expect(requests.map(({ scopes }) => scopes.join(' '))).toEqual([
      'repository:a:pull,push repository:prefix/a:pull,push',
      'repository:a:pull',
    ]);
  });

  it.each(['token', 'access_token'])('takes the token from %s', async field => {
    const { server } = await secured({ field });
    const image = server.pushImage('a', { layers: [] });
    await client({ credentials: as(JOE) }).registries.manifest(parseReference(image.reference));
  });

  it('renews a token that the registry does not take any more, in the middle of a blob', async () => {
    const { server, requests } = await secured({ uses: 3 });
    const bytes = patterned(30_000_000);
    server.pushBlob('a', bytes);
    // With many more at a time than a token is good for, some would never have their turn.
    const flow = new Flow(6, 6);
    const { registries, retries } = client({ credentials: as(JOE), flow });
    const got: Buffer[] = [];
    const source = { descriptor: descriptorOf(bytes), repositories: [parseRepository(`${server.host}/a`)] };
    for await (const { chunk } of registries.blobs([source])) got.push(Buffer.from(chunk));
    expect(Buffer.concat(got).equals(bytes)).toBe(true);
    expect(requests.length).toBeGreaterThan(1);
    expect(retries).toEqual([]);
  });

  it.each([
    ['in one request', 1, 50_000],
    ['in chunks', 2, 1_000_000],
  ])('renews it in the middle of an upload %s', async (_, uses, size) => {
    const { server, requests } = await secured({ uses });
    const bytes = patterned(size);
    // What is held is less than what is sent: it goes on where it was, and is not begun anew.
    const { registries } = client({ credentials: as(JOE), uploads: { chunk: 100_000, held: 200_000 } });
    await registries.pushBlob(parseRepository(`${server.host}/a`), descriptorOf(bytes), inChunks(bytes));
    expect(server.has('a', descriptorOf(bytes).digest)).toBe(true);
    expect(requests.length).toBeGreaterThan(1);
    expect(server.openUploads).toBe(0);
    expect(server.requests.filter(line => line.startsWith('PATCH')).length).toBeLessThan(25);
  });

  it.each([0, -1])('takes a life of %i seconds for one that is not said', async life => {
    const { server, requests } = await secured({ answer: { token: 'token-1', expires_in: life } });
    const image = server.pushImage('a', { layers: [] });
    const { registries } = client({ credentials: as(JOE) });
    for (let n = 0; n < 3; n++) await registries.manifest(parseReference(image.reference));
    expect(requests).toHaveLength(1);
  });

  it.each([
    ['of one word, for all repositories', 'aws registry:catalog:*', 'aws'],
    ['without what a gateway takes off', 'repository:app:pull repository:p:pull', 'repository:app:pull'],
    ['with what a gateway puts before', 'repository:x/team/app:pull', 'repository:x/team/app:pull'],
  ])('adds a scope that a registry names %s', async (_, scope, added) => {
    const { server, requests } = await secured({ challenge: () => `,scope="${scope}"` });
    const image = server.pushImage('team/app', { layers: [] });
    await client({ credentials: as(JOE) }).registries.manifest(parseReference(image.reference));
    expect(requests.map(({ scopes }) => scopes)).toEqual([['repository:team/app:pull', added]]);
  });

  it('asks for a scope once, in whatever order a registry names its actions', async () => {
    const { server, requests } = await secured({
      challenge: () => ',scope="repository:team/app:push,pull"',
    });
    const bytes = patterned(10);
    await client({ credentials: as(JOE) }).registries.pushBlob(
      parseRepository(`${server.host}/team/app`),
      descriptorOf(bytes),
      inChunks(bytes),
    );
    expect(requests.map(({ scopes }) => scopes)).toEqual([['repository:team/app:pull,push']]);
  });

  it('keeps what stands in the query of a realm', async () => {
    const { server, requests } = await secured({ realm: '?account=x%2By' });
    const image = server.pushImage('a', { layers: [] });
    await client({ credentials: as(JOE) }).registries.manifest(parseReference(image.reference));
    expect(requests[0]?.query.get('account')).toBe('x+y');
  });

  it('asks for another token before the old one runs out', async () => {
    const { server, requests } = await secured({ life: 0.05 });
    const image = server.pushImage('a', { layers: [] });
    const { registries } = client({ credentials: as(JOE) });
    await registries.manifest(parseReference(image.reference));
    await new Promise(resolve => setTimeout(resolve, 60));
    await registries.manifest(parseReference(image.reference));
    expect(requests).toHaveLength(2);
    expect(server.requests).toHaveLength(3);
  });

  it('trades an identity token in', async () => {
    const { server, requests } = await secured();
    const image = server.pushImage('a', { layers: [] });
    const { registries } = client({ credentials: as({ kind: 'identity-token', token: 'refresh' }) });
    await registries.manifest(parseReference(image.reference));
    expect(requests[0]?.method).toBe('POST');
    expect(Object.fromEntries(requests[0]?.form ?? [])).toEqual({
      grant_type: 'refresh_token',
      service: 'reg,istry',
      client_id: 'kubectl-asa-backup',
      scope: 'repository:a:pull',
      refresh_token: 'refresh',
    });
  });

  it.each([
    [400, '00000000'],
    [401, '00000000'],
    [404, ''],
    [405, ''],
    [415, ''],
  ])('sends it as a password where OAuth2 is answered by %i', async (noOAuth, username) => {
    const { server, requests } = await secured({ noOAuth });
    const image = server.pushImage('a', { layers: [] });
    const login: Credential = { kind: 'identity-token', token: 'refresh', ...(username && { username }) };
    await client({ credentials: as(login) }).registries.manifest(parseReference(image.reference));
    expect(requests.map(({ method }) => method)).toEqual(['POST', 'GET']);
    expect(requests[1]).toMatchObject({
      scopes: ['repository:a:pull'],
      service: 'reg,istry',
      authorization: `Basic ${Buffer.from(`${username}:refresh`).toString('base64')}`,
    });
  });

  it('is refused with an identity token that nobody knows, by whatever form', async () => {
    const { server, requests } = await secured();
    const { registries } = client({ credentials: as({ kind: 'identity-token', token: 'stale' }) });
    await expect(registries.manifest(parseReference(`${server.host}/a:v1`))).rejects.toMatchObject({
      code: 'registry-unauthorized',
    });
    expect(requests.map(({ method }) => method)).toEqual(['POST', 'GET']);
  });

  it('sends a registry token as it is', async () => {
    const seen: (string | undefined)[] = [];
    const server = await registry({
      intercept: (request, response) => {
        seen.push(request.headers.authorization);
        if (request.headers.authorization === 'Bearer given') return false;
        response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://127.0.0.1:1/"' }).end();
        return true;
      },
    });
    const image = server.pushImage('a', { layers: [] });
    const { registries } = client({ credentials: as({ kind: 'registry-token', token: 'given' }) });
    await registries.manifest(parseReference(image.reference));
    expect(seen).toEqual([undefined, 'Bearer given']);
  });

  it('asks a token server again that is out of order for a moment, and tells', async () => {
    const { server, requests } = await secured({ outages: 2 });
    const image = server.pushImage('a', { layers: [] });
    const { registries, retries } = client({ credentials: as(JOE) });
    await registries.manifest(parseReference(image.reference));
    expect(requests).toHaveLength(3);
    expect(retries.map(({ attempt, reason }) => [attempt, reason.slice(-12)])).toEqual([
      [1, 'answered 503'],
      [2, 'answered 503'],
    ]);
  });

  it('fails when the token server does not know us, naming the repository', async () => {
    const { server } = await secured();
    const { registries } = client({ credentials: as({ ...JOE, password: 'guess' }) });
    await expect(registries.manifest(parseReference(`${server.host}/a/b:v1`))).rejects.toMatchObject({
      code: 'registry-unauthorized',
      subject: `${server.host}/a/b`,
      hints: [`log in with docker login ${server.host}`],
    });
  });

  it('fails when a fresh token is not taken', async () => {
    const { server, requests } = await secured({ uses: 0 });
    const { registries } = client({ credentials: as(JOE) });
    await expect(registries.manifest(parseReference(`${server.host}/a:v1`))).rejects.toMatchObject({
      code: 'registry-unauthorized',
    });
    expect(requests.length).toBeLessThanOrEqual(2);
  });

  it.each([{}, { token: 7 }, { token: 'line\nbreak' }])('does not take %j for a token', async answer => {
    const { server } = await secured({ answer });
    const { registries } = client({ credentials: as(JOE) });
    await expect(registries.manifest(parseReference(`${server.host}/a:v1`))).rejects.toThrow(
      'something else than a token',
    );
  });

  it.each([
    ['http://169.254.169.254/token', 'link-local address as its token realm'],
    ['file:///etc/passwd', 'a file: address as its token realm'],
  ])('does not go to %s for a token', async (realm, message) => {
    const { server } = await secured({ realm });
    const { registries } = client({ credentials: as(JOE) });
    await expect(registries.manifest(parseReference(`${server.host}/a:v1`))).rejects.toThrow(message);
  });

  it.each<[string, Credential]>([
    ['a login', JOE],
    ['an identity token', { kind: 'identity-token', token: 'refresh' }],
  ])('does not take %s along where a token server redirects to', async (_, credential) => {
    const seen: (string | undefined)[] = [];
    const start = async (listener: RequestListener) => {
      const server = createServer(listener);
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
      afterwards(async () => void server.close());
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
    };
    const elsewhere = await start(async (request, response) => {
      seen.push(request.headers.authorization);
      for await (const chunk of request) seen.push(String(chunk));
      response.writeHead(401).end();
    });
    const realm = await start((_, response) => void response.writeHead(307, { location: elsewhere }).end());
    const { server } = await secured({ realm });
    const { registries } = client({ credentials: as(credential) });
    await expect(registries.manifest(parseReference(`${server.host}/a:v1`))).rejects.toMatchObject({
      code: expect.stringMatching(/^registry-/),
    });
    expect(seen.filter(Boolean)).toEqual([]);
  });

  it('does not take a login out of TLS', async () => {
    const tls = selfSigned();
    const server = await registry({
      tls,
      intercept: (_, response) => {
        response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://localhost:1/token"' }).end();
        return true;
      },
    });
    const { registries } = client({ credentials: as(JOE), ca: tls.cert });
    await expect(registries.manifest(parseReference(`${server.host}/a:v1`))).rejects.toThrow(
      'the token realm localhost:1 does not use TLS',
    );
  });
});
