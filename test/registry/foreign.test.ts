import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/base/digest.ts';
import type { Descriptor } from '../../src/registry/descriptor.ts';
import { createResolver } from '../../src/registry/image.ts';
import { parseReference, parseRepository } from '../../src/registry/reference.ts';
import { pusher } from './artifacts.ts';
import { selfSigned } from './certificate.ts';
import { afterwards, client, descriptorOf, patterned, registry } from './setting.ts';

const LAYER = patterned(300_000);
const TLS = selfSigned();

/** A host of foreign layers, and what it was asked. */
async function layerHost(listener: RequestListener) {
  const asked: { line: string; authorization: string | undefined }[] = [];
  const server = createServer(TLS, (request, response) => {
    const { method, url, headers } = request;
    asked.push({ line: `${method} ${url}`, authorization: headers.authorization });
    listener(request, response);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  afterwards(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const serve: RequestListener = (request, response) => {
  response.setHeader('content-length', LAYER.length);
  response.end(request.method === 'HEAD' ? undefined : LAYER);
};

const CHALLENGE = { 'www-authenticate': 'Basic realm="r"' };

/** An image with one foreign layer, at a registry with a login. */
async function setting(urls: string[]) {
  const login = { username: 'joe', password: 'secret' };
  const server = await registry({ login });
  const credentials = { for: async () => ({ kind: 'password' as const, ...login }) };
  const { registries } = client({ ca: TLS.cert, credentials });
  const layer: Descriptor = {
    ...descriptorOf(LAYER, 'application/vnd.oci.image.layer.nondistributable.v1.tar'),
    urls,
  };
  await pusher(registries, server.host, 'a').image({ layers: ['own'], foreign: [layer], tag: 'v1' });
  const resolve = (foreignLayers: boolean) =>
    createResolver(registries, { foreignLayers })(parseReference(`${server.host}/a:v1`));
  const read = async () => {
    const source = { descriptor: layer, repositories: [parseRepository(`${server.host}/a`)] };
    const chunks: Buffer[] = [];
    for await (const { chunk } of registries.blobs([source])) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  };
  return { server, layer, resolve, read };
}

describe('a foreign layer', () => {
  it('is a reference only, unless it is wanted', async () => {
    const { url, asked } = await layerHost(serve);
    const { resolve, layer } = await setting([`${url}/layer`]);
    expect((await resolve(false)).layers.map(({ digest }) => digest)).not.toContain(layer.digest);
    expect(asked).toEqual([]);
    expect((await resolve(true)).layers).toContainEqual(layer);
  });

  it("is taken from the image's own repository when that has it", async () => {
    const { url, asked } = await layerHost(serve);
    const { server, resolve, read, layer } = await setting([`${url}/layer`]);
    server.pushBlob('a', LAYER);
    expect((await resolve(true)).layers).toContainEqual(layer);
    expect((await read()).equals(LAYER)).toBe(true);
    expect(asked).toEqual([]);
  });

  it('is else fetched from the first url that has it, without a login', async () => {
    const gone = await layerHost((_, response) => response.writeHead(404).end());
    const there = await layerHost(serve);
    const { resolve, read, layer } = await setting([`${gone.url}/layer`, `${there.url}/layer`]);
    expect((await resolve(true)).layers).toContainEqual(layer);
    expect((await read()).equals(LAYER)).toBe(true);
    expect(there.asked.map(({ line }) => line)).toEqual(['HEAD /layer', 'GET /layer']);
    expect([...gone.asked, ...there.asked].every(({ authorization }) => authorization === undefined)).toBe(
      true,
    );
  });

  it('is fetched without a login also where its urls lead to the registry itself', async () => {
    const asked: (string | undefined)[] = [];
    const login = { username: 'joe', password: 'secret' };
    const { url } = await layerHost((request, response) => {
      if (!request.url?.startsWith('/v2/secret')) return response.writeHead(401, CHALLENGE).end();
      asked.push(request.headers.authorization);
      return serve(request, response);
    });
    const credentials = { for: async () => ({ kind: 'password' as const, ...login }) };
    const { registries } = client({ ca: TLS.cert, credentials });
    const repository = parseRepository(`${new URL(url).host}/a`);
    const layer = { ...descriptorOf(LAYER), urls: [`${url}/v2/secret/blobs/${digestOf(LAYER)}`] };
    await registries.hasBlob(repository, layer.digest).catch(() => false);
    expect(await registries.hasForeign(repository, layer)).toBeUndefined();
    expect(asked).toEqual([undefined]);
  });

  it('that is other content ends the export', async () => {
    const { url } = await layerHost((_, response) => response.end(patterned(LAYER.length, 1)));
    const { read } = await setting([`${url}/layer`]);
    await expect(read()).rejects.toMatchObject({ code: 'content-mismatch' });
  });

  it.each([
    ['http://layers.example.com/1', 'its url is not one of https'],
    ['nonsense', 'its url is not one of https'],
    ['https://169.254.169.254/latest', 'link-local address as its foreign layer'],
  ])('is not fetched from %s, and its image does without it', async (url, reason) => {
    const { resolve, read, layer } = await setting([url]);
    const { layers, unavailable } = await resolve(true);
    expect(layers).toHaveLength(1);
    expect(unavailable).toEqual([{ digest: layer.digest, reason: expect.stringContaining(reason) }]);
    await expect(read()).rejects.toThrow(reason);
  });

  it('is not fetched by way of a redirect to plain http', async () => {
    const plain = await registry();
    const { url } = await layerHost((_, response) => {
      response.writeHead(307, { location: `http://${plain.host}/v2/` }).end();
    });
    const { resolve } = await setting([`${url}/layer`]);
    const [{ reason = '' } = {}] = (await resolve(true)).unavailable;
    expect(reason).toContain('redirects away from https');
  });
});
