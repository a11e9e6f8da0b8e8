import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Flow } from '../../src/base/flow.ts';
import { parseChallenges } from '../../src/registry/challenge.ts';
import type { Credential, CredentialSource } from '../../src/registry/credentials.ts';
import { parseReference, parseRepository } from '../../src/registry/reference.ts';
import type { SandboxRegistry } from '../../src/sandbox/registry/server.ts';
import { selfSigned } from './certificate.ts';
import { afterwards, client, descriptorOf, inChunks, patterned, registry } from './setting.ts';

const JOE: Credential = { kind: 'password', username: 'joe', password: 'pass:word' };

function as(credential: Credential | undefined): CredentialSource {
  return { for: async () => credential };
}

interface TokenRequest {
  readonly method: string;
  readonly scopes: string[];
  readonly service: string | null;
  readonly authorization: string | undefined;
  readonly form: URLSearchParams;
  readonly query: URLSearchParams;
}

/** A token server that knows joe, and a registry that wants its tokens. */
async function secured(
  options: {
    life?: number;
    uses?: number;
    realm?: string;
    answer?: object;
    field?: string;
    /** How often the token server is out of order first. */
    outages?: number;
    /** A token that is known, and may nothing. */
    forbidden?: string;
    /** What the registry answers to a request with a token of these scopes, when it is not as usual. */
    judge?: (request: IncomingMessage, scopes: string) => number | undefined;
    /** How it answers a POST, when it does not know OAuth2. */
    noOAuth?: number;
    /** Added to a challenge. */
    challenge?: (request: IncomingMessage) => string;
  } = {},
): Promise<{ server: SandboxRegistry; requests: TokenRequest[] }> {
  const requests: TokenRequest[] = [];
  const uses = new Map<string, number>();
  const tokens = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://tokens');
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    const scopes = [...url.searchParams.getAll('scope'), ...(form.get('scope')?.split(' ') ?? [])];
    requests.push({
      method: request.method ?? '',
      scopes,
      service: url.searchParams.get('service') ?? form.get('service'),
      authorization: request.headers.authorization,
      form,
      query: url.searchParams,
    });
    if (requests.length <= (options.outages ?? 0)) return void response.writeHead(503).end();
    if (options.noOAuth !== undefined && request.method === 'POST')
      return void response.writeHead(options.noOAuth).end('<html>no such thing</html>');
    const known = ['joe:pass:word', '00000000:refresh', ':refresh'].map(
      login => `Basic ${Buffer.from(login).toString('base64')}`,
    );
    const isKnown = known.includes(request.headers.authorization ?? '');
    if (!isKnown && form.get('refresh_token') !== 'refresh') {
      response.writeHead(401).end('{"details":"incorrect username or password"}');
      return;
    }
    const token = `token-${requests.length}`;
    uses.set(token, options.uses ?? Number.POSITIVE_INFINITY);
    const answer = { [options.field ?? 'token']: token, ...(options.life && { expires_in: options.life }) };
    response.end(JSON.stringify(options.answer ?? answer));
  });
  await new Promise<void>(resolve => tokens.listen(0, '127.0.0.1', resolve));
  afterwards(async () => void tokens.close());
  const own = `http://127.0.0.1:${(tokens.address() as AddressInfo).port}/token`;
  const realm = options.realm?.startsWith('?') ? `${own}${options.realm}` : (options.realm ?? own);
  const intercept = (request: IncomingMessage, response: ServerResponse) => {
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    const left = uses.get(token) ?? 0;
    uses.set(token, left - 1);
    const scopes = requests[Number(token.replace('token-', '')) - 1]?.scopes.join(' ') ?? '';
    const judged = token === options.forbidden ? 403 : options.judge?.(request, scopes);
    if (left > 0 && judged === undefined) return false;
    if (judged === 403) {
      response.writeHead(403).end();
      return true;
    }
    request.resume();
    const more = options.challenge?.(request) ?? '';
    response
      .writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="reg,istry"${more}` })
      .end();
    return true;
  };
  return { server: await registry({ intercept }), requests };
}

describe('basic authentication', () => {
  const login = { username: 'joe', password: 'pass:word' };

  it('is answered with the login of the repository, once a registry', async () => {
    const server = await registry({ login });
    const image = server.pushImage('a', { layers: [] });
    const { registries } = client({ credentials: as(JOE) });
    for (let n = 0; n < 2; n++) await registries.manifest(parseReference(image.reference));
    expect(server.requests).toHaveLength(3);
  });

  it.each([
    ['no login', undefined],
    ['another login', { ...JOE, password: 'guess' } as Credential],
  ])('is refused with %s, and the hint to log in', async (_, credential) => {
    const server = await registry({ login });
    const { registries } = client({ credentials: as(credential) });
    const attempt = registries.manifest(parseReference(`${server.host}/a:v1`));
    await expect(attempt).rejects.toMatchObject({
      code: 'registry-unauthorized',
      message: `${server.host} answered 401: UNAUTHORIZED: authentication required`,
      hints: [`log in with docker login ${server.host}`],
    });
    expect(JSON.stringify(await attempt.catch(error => error))).not.toMatch(/guess|pass/);
  });

  it('lets blobs through the fast lane', async () => {
    const server = await registry({ login });
    const bytes = patterned(9_000_000);
    server.pushBlob('a', bytes);
    const { registries } = client({ credentials: as(JOE) });
    const got: Buffer[] = [];
    const source = { descriptor: descriptorOf(bytes), repositories: [parseRepository(`${server.host}/a`)] };
    for await (const { chunk } of registries.blobs([source])) got.push(Buffer.from(chunk));
    expect(Buffer.concat(got).equals(bytes)).toBe(true);
  });
});

describe('a login that is refused', () => {
  const STALE: Credential = { kind: 'password', username: 'joe', password: 'former' };
  const sources = (...credentials: Credential[]): CredentialSource => ({
    for: async (_, refused = 0) => credentials[refused],
  });

  it('is followed by the next one, for basic authentication', async () => {
    const server = await registry({ login: { username: 'joe', password: 'pass:word' } });
    const image = server.pushImage('a', { layers: [] });
    const { registries } = client({ credentials: sources(STALE, { ...STALE, password: 'older' }, JOE) });
    for (let n = 0; n < 2; n++) await registries.manifest(parseReference(image.reference));
    // The one that was let in is the first one from then on.
    expect(server.requests).toHaveLength(5);
  });

  it('is followed by the next one, for tokens', async () => {
    const { server, requests } = await secured();
    const image = server.pushImage('a', { layers: [] });
    const { registries } = client({ credentials: sources(STALE, JOE) });
    await Promise.all([1, 2, 3].map(() => registries.manifest(parseReference(image.reference))));
    expect(requests).toHaveLength(2);
    const bytes = Buffer.from('x');
    await registries.pushBlob(parseRepository(`${server.host}/a`), descriptorOf(bytes), inChunks(bytes));
  });

  it('is the end when it was the last', async () => {
    const server = await registry({ login: { username: 'joe', password: 'pass:word' } });
    const { registries } = client({ credentials: sources(STALE, { ...STALE, password: 'older' }) });
    for (let n = 0; n < 2; n++) {
      await expect(registries.manifest(parseReference(`${server.host}/a:v1`))).rejects.toMatchObject({
        code: 'registry-unauthorized',
      });
    }
  });
});

describe('a login that may not do something', () => {
  const OTHER: Credential = { kind: 'password', username: 'jane', password: 'other' };
  const THIRD: Credential = { kind: 'password', username: 'jim', password: 'third' };
  const header = (credential: Credential) =>
    credential.kind === 'password'
      ? `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString('base64')}`
      : '';

  /** A registry that many share: all are known, and only some may see a repository. */
  async function shared(seers: readonly Credential[]) {
    const server = await registry({
      intercept: (request, response) => {
        const { authorization } = request.headers;
        if (seers.some(seer => header(seer) === authorization)) return false;
        if (authorization === undefined)
          response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
        else response.writeHead(403).end();
        return true;
      },
    });
    const image = server.pushImage('a', { layers: [] });
    const credentials: CredentialSource = { for: async (_, refused = 0) => [JOE, OTHER, THIRD][refused] };
    return {
      server,
      reference: parseReference(image.reference),
      registries: client({ credentials }).registries,
    };
  }

  it('is followed by the first that may, which is then the first', async () => {
    const { server, reference, registries } = await shared([THIRD]);
    for (let n = 0; n < 2; n++) await registries.manifest(reference);
    expect(server.requests).toHaveLength(5);
  });

  it('stays the first when all are forbidden it, and the others are tried once', async () => {
    const { server, reference, registries } = await shared([]);
    for (let n = 0; n < 2; n++) {
      await expect(registries.manifest(reference)).rejects.toMatchObject({ code: 'registry-unauthorized' });
    }
    expect(server.requests).toHaveLength(5);
  });

  it('is followed by another for tokens too', async () => {
    const { server, requests } = await secured({ forbidden: 'token-1' });
    const image = server.pushImage('a', { layers: [] });
    const credentials: CredentialSource = { for: async (_, refused = 0) => [JOE, JOE][refused] };
    const { registries } = client({ credentials });
    for (let n = 0; n < 2; n++) await registries.manifest(parseReference(image.reference));
    expect(requests.length).toBeLessThanOrEqual(3);
  });
});

describe('a repository that is not there yet', () => {
  it('is looked into with the right to write, where nobody may read what is not there', async () => {
    const { server, requests } = await secured({
      judge: (request, scope) => {
        if (request.method === 'HEAD' && !scope.includes('push')) return 401;
        return undefined;
      },
    });
    const { registries } = client({ credentials: as(JOE) });
    const [known, fresh] = ['known', 'fresh'].map(path => parseRepository(`${server.host}/${path}`));
    const bytes = Buffer.from('x');
    const { digest } = descriptorOf(bytes);
    if (known === undefined || fresh === undefined) throw new Error('no repositories');
    // Of a registry that nothing is written to, a refusal is a refusal.
    await expect(registries.hasBlob(fresh, digest)).rejects.toMatchObject({ code: 'registry-unauthorized' });
    await registries.checkWritable(known);
    expect(await registries.hasBlob(fresh, digest)).toBe(false);
    expect(await registries.hasManifest({ ...fresh, tag: 'v1' })).toBeUndefined();
    expect(requests.map(request => request.scopes.join())).toContain('repository:fresh:pull,push');
  });
});

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

it('a login of an unknown kind is refused', async () => {
  const server = await registry({
    intercept: (_, response) => {
      response.writeHead(401, { 'www-authenticate': 'Negotiate' }).end();
      return true;
    },
  });
  await expect(client().registries.manifest(parseReference(`${server.host}/a:v1`))).rejects.toMatchObject({
    code: 'registry-unauthorized',
    message: 'the registry wants a login of a kind that we do not know',
  });
});

it.each([
  ['Basic behind others', ['Negotiate', 'Basic realm="x"']],
  ['Bearer without a realm', ['Bearer', 'Basic realm="x"']],
  ['in capitals', ['BASIC realm="x"']],
])('a login of several kinds is that which we know: %s', async (_, challenges) => {
  const login = { username: 'joe', password: 'pass:word' };
  const server = await registry({
    intercept: (request, response) => {
      if (request.headers.authorization === `Basic ${Buffer.from('joe:pass:word').toString('base64')}`)
        return false;
      response.writeHead(401, { 'www-authenticate': challenges }).end();
      return true;
    },
    login,
  });
  const image = server.pushImage('a', { layers: [] });
  await client({ credentials: as(JOE) }).registries.manifest(parseReference(image.reference));
});

describe('a WWW-Authenticate header', () => {
  it.each([
    ['Basic', [['basic', {}]]],
    ['Basic realm="a \\"b\\", c"', [['basic', { realm: 'a "b", c' }]]],
    [
      'Bearer realm="https://x/t",service=y , scope="repository:a:pull,push"',
      [['bearer', { realm: 'https://x/t', service: 'y', scope: 'repository:a:pull,push' }]],
    ],
    [
      'Basic realm="r", Bearer realm = "t", error="invalid_token"',
      [
        ['basic', { realm: 'r' }],
        ['bearer', { realm: 't', error: 'invalid_token' }],
      ],
    ],
    ['Bearer realm="open', [['bearer', {}]]],
    [
      'Negotiate, Basic realm="r"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'r' }],
      ],
    ],
    ['', []],
    ['=,;', []],
  ])('%s', (header, challenges) => {
    const parsed = parseChallenges(header);
    expect(parsed.map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])).toEqual(
      challenges,
    );
  });
});
