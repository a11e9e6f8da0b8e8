import { describe, expect, it } from 'vitest';
import type { Credential, CredentialSource } from '../../src/registry/credentials.ts';
import { parseReference, parseRepository } from '../../src/registry/reference.ts';
import { as, JOE, secured } from './secured.ts';
import { client, descriptorOf, inChunks, patterned, registry } from './setting.ts';

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
