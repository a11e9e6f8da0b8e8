import dns from 'node:dns';
import { createServer } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import type { AddressInfo } from 'node:net';
import { request as dispatch } from 'undici';
import { describe, expect, it } from 'vitest';
import { checkTarget } from '../../src/registry/address-scope.ts';
import { Network } from '../../src/registry/network.ts';
import { parseReference } from '../../src/registry/reference.ts';
import { follow } from '../../src/registry/transport.ts';
import { afterwards, client, registry } from './setting.ts';

/** A proxy that lets nobody through; returns its address and what it was asked. */
async function proxy(): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(404, { 'content-length': 0 }).end();
  });
  server.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trimEnd());
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  afterwards(async () => void server.close());
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** Lets a name lead to one address after the other. */
function named(name: string, ...addresses: string[]): void {
  const { lookup } = dns;
  const { lookup: lookUp } = dns.promises;
  const next = () => ({
    address: (addresses.length > 1 ? addresses.shift() : addresses[0]) ?? '',
    family: 4,
  });
  type Done = (error: null, addresses: { address: string; family: number }[]) => void;
  dns.lookup = ((host: string, options: object, done: Done) =>
    host === name ? done(null, [next()]) : lookup(host, options, done as never)) as never;
  dns.promises.lookup = (async (host: string, options: object) =>
    host === name ? [next()] : lookUp(host, options)) as never;
  syncBuiltinESMExports();
  afterwards(async () => {
    dns.lookup = lookup;
    dns.promises.lookup = lookUp;
    syncBuiltinESMExports();
  });
}

describe('a name', () => {
  const sender = new URL('https://198.51.100.7');

  it.each(['127.0.0.1', '169.254.169.254'])('that leads to %s is refused', async address => {
    named('store.example.com', address);
    const target = new URL('http://store.example.com/');
    await expect(checkTarget(target, sender, 'redirect')).rejects.toMatchObject({ code: 'registry-error' });
  });

  it('that leads elsewhere when it is checked, and here when it is used, gets no connection', async () => {
    let connections = 0;
    const server = createServer((_, response) => void response.end('secret'));
    server.on('connection', () => connections++);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    afterwards(async () => void server.close());
    named('store.example.com', '198.51.100.8', '127.0.0.1');
    const url = new URL(`http://store.example.com:${(server.address() as AddressInfo).port}/`);
    await checkTarget(url, sender, 'redirect');
    const network = new Network({ environment: {} });
    afterwards(() => network.close());
    const led = dispatch(url, { dispatcher: await network.dispatcher(url, sender) });
    await expect(led).rejects.toMatchObject({
      code: 'registry-error',
      message: 'the registry sends us to store.example.com, which turns out to be a loopback address',
    });
    expect(connections).toBe(0);
    // A registry that is here may send us here.
    const here = new URL('http://127.0.0.2');
    const { statusCode, body } = await dispatch(url, { dispatcher: await network.dispatcher(url, here) });
    expect([statusCode, await body.text()]).toEqual([200, 'secret']);
  });
});

describe('a place that a registry behind a proxy names', () => {
  it.each([
    ['https://registry.example.com', 'http://registry.example.com/v2/x', 'https://registry.example.com/v2/x'],
    ['https://registry.example.com', 'http://registry.example.com:443/x', 'https://registry.example.com/x'],
    ['https://r.example.com:5000', 'http://r.example.com:5000/x', 'https://r.example.com:5000/x'],
    ['http://r.example.com:5000', 'https://r.example.com:5000/x', 'http://r.example.com:5000/x'],
    [
      'https://r.example.com:5000',
      '/v2/x?_state=a%2Fb%3D&_state=c',
      'https://r.example.com:5000/v2/x?_state=a%2Fb%3D&_state=c',
    ],
  ])('%s by %s is %s', async (registry, location, place) => {
    const origin = new URL(registry);
    expect((await follow(location, new URL('/v2/y', origin), origin, 'redirect')).href).toBe(place);
  });
});

describe('a proxy', () => {
  it('is used for hosts elsewhere, never for this machine', async () => {
    const { address, asked } = await proxy();
    const local = await registry();
    const image = local.pushImage('a', { layers: [] });
    const environment = { HTTPS_PROXY: `http://${address}`, HTTP_PROXY: `http://${address}` };
    const { registries } = client({ environment });
    expect(await registries.hasManifest(parseReference(image.reference))).toBe(image.digest);
    expect(asked).toEqual([]);
    await expect(registries.manifest(parseReference('registry.example.com/a:v1'))).rejects.toMatchObject({
      code: 'not-connected',
      message: expect.stringContaining(
        `no connection to registry.example.com through the proxy ${address}: `,
      ),
      hints: [expect.stringContaining('add registry.example.com to NO_PROXY')],
    });
    expect(asked[0]).toBe('CONNECT registry.example.com:443');
  });

  it('may be named without a scheme, in small letters, and with a login', async () => {
    const { address, asked } = await proxy();
    const { registries } = client({ environment: { https_proxy: `joe:secret@${address}` } });
    const failure = registries.manifest(parseReference('registry.example.com/a:v1'));
    await expect(failure).rejects.toMatchObject({ code: 'not-connected' });
    expect(JSON.stringify(await failure.catch(error => error))).not.toContain('secret');
    expect(asked[0]).toBe(`CONNECT registry.example.com:443 Basic ${btoa('joe:secret')}`);
  });

  it.each(['10.255.255.1:1', '10.0.0.0/8', '*', '192.0.2.1,10.255.255.1'])(
    'is not used for what NO_PROXY names (%s), by which the fast lane goes too',
    async list => {
      const { address, asked } = await proxy();
      const environment = { HTTPS_PROXY: `http://${address}`, NO_PROXY: list };
      const network = new Network({ environment });
      afterwards(() => network.close());
      expect(network.isDirect(new URL('https://10.255.255.1:1/v2/'))).toBe(true);
      expect(network.isDirect(new URL('https://11.255.255.1:1/v2/'))).toBe(list === '*');
      const { registries } = client({ environment, retry: { attempts: 1 } });
      const stop = AbortSignal.timeout(300);
      await registries.manifest(parseReference('10.255.255.1:1/a:v1'), stop).catch(() => undefined);
      expect(asked).toEqual([]);
    },
  );

  it('that is no URL is refused by the name of its variable', async () => {
    const { registries } = client({ environment: { HTTPS_PROXY: 'http://secret:@:' } });
    await expect(registries.manifest(parseReference('registry.example.com/a:v1'))).rejects.toMatchObject({
      code: 'usage',
      subject: 'HTTPS_PROXY',
      message: 'the proxy in the environment is no URL',
    });
  });
});
