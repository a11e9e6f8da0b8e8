import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseEndpoint } from '../../src/registry/endpoints.ts';
import { parseReference, parseRepository } from '../../src/registry/reference.ts';
import type { Registries } from '../../src/registry/registry.ts';
import type { SandboxRegistry } from '../../src/sandbox/registry/server.ts';
import { selfSigned } from './certificate.ts';
import { afterwards, client, descriptorOf, inChunks, patterned, registry } from './setting.ts';

/** certs.d with these files for a host. */
async function certsD(host: string, files: Record<string, string>): Promise<NodeJS.ProcessEnv> {
  const folder = await mkdtemp(join(tmpdir(), 'certs.d-'));
  afterwards(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, host));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, host, name), text);
  return { ASA_BACKUP_CERTS_DIR: folder };
}

/** Pushes and reads an image's worth of content, the blob through the fast lane. */
async function roundTrip(server: SandboxRegistry, registries: Registries, host = server.host): Promise<void> {
  const bytes = patterned(5_000_000);
  const repository = parseRepository(`${host}/a`);
  await registries.pushBlob(repository, descriptorOf(bytes), inChunks(bytes));
  const image = server.pushImage('a', { layers: [bytes], tag: 'v1' });
  expect(await registries.hasManifest(parseReference(`${host}/a:v1`))).toBe(image.digest);
  const got: Buffer[] = [];
  const source = { descriptor: descriptorOf(bytes), repositories: [repository] };
  for await (const { chunk } of registries.blobs([source])) got.push(Buffer.from(chunk));
  expect(Buffer.concat(got).equals(bytes)).toBe(true);
}

describe('--insecure-registry', () => {
  it('lets any certificate of that host pass, and of no other', async () => {
    const [server, other] = [await registry({ tls: selfSigned() }), await registry({ tls: selfSigned() })];
    const { registries, retries } = client({ insecure: new Set([server.host]) });
    await roundTrip(server, registries);
    expect(retries).toEqual([]);
    await expect(registries.hasManifest(parseReference(`${other.host}/a:v1`))).rejects.toMatchObject({
      code: 'not-connected',
    });
  });
});

describe('an authority that is found on the way', () => {
  it('is trusted from then on, for hosts that were refused before too', async () => {
    const tls = selfSigned();
    const server = await registry({ tls });
    const { registries } = client();
    await expect(registries.hasManifest(parseReference(`${server.host}/a:v1`))).rejects.toThrow(
      'no connection',
    );
    expect(registries.trust(`Bag Attributes\n${tls.cert}\n${selfSigned().cert}`)).toBe(true);
    await roundTrip(server, registries);
  });

  it.each(['', 'no certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])(
    'that is %j is not taken',
    pem => {
      expect(client().registries.trust(pem)).toBe(false);
    },
  );
});

describe('certs.d', () => {
  it("has a host's own authority", async () => {
    const tls = selfSigned();
    const [server, other] = [await registry({ tls }), await registry({ tls })];
    const { registries, retries } = client({
      environment: await certsD(server.host, { 'ca.crt': tls.cert }),
    });
    await roundTrip(server, registries);
    expect(retries).toEqual([]);
    await expect(registries.hasManifest(parseReference(`${other.host}/a:v1`))).rejects.toThrow(
      'no connection',
    );
  });

  it('has the certificate that a registry asks for', async () => {
    const [tls, joe] = [selfSigned(), selfSigned()];
    const strict = { ...tls, ca: joe.cert, requestCert: true, rejectUnauthorized: true };
    const server = await registry({ tls: strict });
    const files = { 'ca.crt': tls.cert, 'client.cert': joe.cert, 'client.key': joe.key };
    const known = client({ environment: await certsD(server.host, files) });
    await roundTrip(server, known.registries);
    expect(known.retries).toEqual([]);
    const unknown = client({ environment: await certsD(server.host, { 'ca.crt': tls.cert }) });
    await expect(unknown.registries.hasManifest(parseReference(`${server.host}/a:v1`))).rejects.toMatchObject(
      {
        code: 'not-connected',
      },
    );
  });

  it.each([
    [{ 'client.cert': 'x' }, 'the client certificate has no client.key beside it'],
    [{ 'client.cert': 'x', 'client.key': 'y' }, 'certs.d cannot be used'],
  ])('with %j is refused', async (files, message) => {
    const server = await registry({ tls: selfSigned() });
    const { registries } = client({ environment: await certsD(server.host, files) });
    await expect(registries.hasManifest(parseReference(`${server.host}/a:v1`))).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(message),
    });
  });
});

describe('--registry-endpoint', () => {
  const NAME = 'registry.kube-system.svc:5000';
  const at = (url: string) => new Map([parseEndpoint(`${NAME}=${url}`, () => undefined)]);

  it('is where a registry is reached; names and logins are those of the cluster', async () => {
    const server = await registry({ login: { username: 'joe', password: 'pw' } });
    const asked = new Set<string>();
    const credentials = {
      for: async ({ registry: host }: { registry: string }) => {
        asked.add(host);
        return { kind: 'password', username: 'joe', password: 'pw' } as const;
      },
    };
    const { registries } = client({ endpoints: at(`http://${server.host}`), credentials });
    await roundTrip(server, registries, NAME);
    expect([...asked]).toEqual([NAME]);
    await expect(registries.manifest(parseReference(`${NAME}/a:v2`))).rejects.toMatchObject({
      subject: `${NAME}/a:v2`,
      message: expect.stringContaining(`${NAME} answered 404`),
    });
  });

  it('holds for where the registry sends us by its own name', async () => {
    const server = await registry({
      intercept: (request, response) => {
        if (request.method !== 'GET' || request.headers['x-moved'] === 'yes') return false;
        if (request.url?.endsWith('moved=yes')) {
          request.url = request.url.replace('?moved=yes', '');
          return false;
        }
        response.writeHead(307, { location: `https://${NAME}${request.url}?moved=yes` }).end();
        return true;
      },
    });
    const image = server.pushImage('a', { layers: [], tag: 'v1' });
    const { registries } = client({ endpoints: at(`http://${server.host}`) });
    expect((await registries.manifest(parseReference(`${NAME}/a:v1`))).descriptor.digest).toBe(image.digest);
  });

  it("takes the endpoint's certificate for either name, and certs.d of either", async () => {
    const tls = selfSigned();
    const server = await registry({ tls });
    const endpoints = at(`https://${server.host}`);
    for (const host of [NAME, server.host]) {
      const environment = await certsD(host, { 'ca.crt': tls.cert });
      await roundTrip(server, client({ endpoints, environment }).registries, NAME);
    }
    await roundTrip(server, client({ endpoints, insecure: new Set([NAME]) }).registries, NAME);
  });

  it.each([
    'registry.example.com',
    'registry.example.com=ftp://localhost',
    'registry.example.com=http://localhost/v2',
    'registry.example.com=http://joe:s3cret@localhost',
    'a/b=http://localhost',
    '=http://localhost',
    'registry.example.com=svc:registry',
  ])('refuses %s', text => {
    expect(() => parseEndpoint(text, () => undefined)).toThrow(
      expect.objectContaining({ code: 'usage', subject: expect.not.stringContaining('s3cret') }),
    );
  });
});
