import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createRawServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkTarget } from '../../src/registry/address-scope.ts';
import { parseReference, parseRepository } from '../../src/registry/reference.ts';
import { presentable, redact } from '../../src/registry/refusal.ts';
import { faulty } from '../faults/registry.ts';
import { selfSigned } from './certificate.ts';
import { afterwards, client, descriptorOf, inChunks, patterned, registry } from './setting.ts';

let tls: { cert: string; key: string };

beforeAll(() => {
  tls = selfSigned();
});

/** Another host beside the registry: the same machine under another name. */
async function other(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  afterwards(async () => void server.close());
  return `localhost:${(server.address() as AddressInfo).port}`;
}

describe('a loopback registry', () => {
  it('that does not speak TLS is spoken to in the clear, found out once', async () => {
    const server = await registry();
    const image = server.pushImage('a', { layers: [] });
    const { registries } = client();
    for (let n = 0; n < 3; n++) await registries.manifest(parseReference(image.reference));
    expect(server.requests).toHaveLength(3);
  });

  it('that speaks TLS is not', async () => {
    const server = await registry({ tls });
    const image = server.pushImage('a', { layers: [] });
    const { registries } = client({ ca: tls.cert });
    expect((await registries.manifest(parseReference(image.reference))).descriptor.digest).toBe(image.digest);
  });

  it('with a certificate that nobody vouches for is refused, with the flag that helps', async () => {
    const server = await registry({ tls });
    const { registries, retries } = client();
    await expect(registries.manifest(parseReference(`${server.host}/a:v1`))).rejects.toMatchObject({
      code: 'not-connected',
      hints: [
        `pass the registry's certificate authority with --registry-ca FILE, or --insecure-registry ${server.host}`,
      ],
    });
    expect(retries).toEqual([]);
  });

  it.each([
    ['has expired', { valid: [-9, -1] }, "renew the registry's certificate"],
    ['is not valid yet', { valid: [3, 9] }, "or set this machine's clock"],
    ['is for another name', { isElsewhere: true }, 'pass --registry-endpoint HOST=https://NAME'],
  ] as const)('whose certificate %s is refused, with what helps', async (what, options, hint) => {
    const own = selfSigned(options);
    const server = await registry({ tls: own });
    const { registries, retries } = client({ ca: own.cert });
    await expect(registries.hasManifest(parseReference(`${server.host}/a:v1`))).rejects.toMatchObject({
      code: 'not-connected',
      message: `no connection to ${server.host}: its certificate ${what}`,
      hints: [expect.stringContaining(hint.replace('HOST', server.host))],
    });
    expect(retries).toEqual([]);
  });

  it('that wants to know who we are is refused, with where to put a certificate', async () => {
    const strict = { ca: selfSigned().cert, requestCert: true, rejectUnauthorized: true };
    // An alert of TLS 1.3 comes too late for the handshake to fail, and Node's servers send none.
    const server = await registry({ tls: { ...tls, ...strict, maxVersion: 'TLSv1.2' } as typeof tls });
    const { registries } = client({ ca: tls.cert });
    await expect(registries.hasManifest(parseReference(`${server.host}/a:v1`))).rejects.toMatchObject({
      message: expect.stringMatching(/: TLS failed: [a-z/ ]+ alert handshake failure$/),
      hints: [expect.stringContaining(`put it into certs.d/${server.host} as client.cert`)],
    });
  });

  it('whose connections end in a hang-up during the handshake is plain', async () => {
    const sockets: Socket[] = [];
    const answer = 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n';
    const server = createRawServer(socket => {
      sockets.push(socket.on('error', () => undefined));
      socket.once('data', data => (data[0] === 0x16 ? socket.resetAndDestroy() : socket.end(answer)));
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    afterwards(async () => void server.close());
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { registries } = client();
    expect(await registries.hasManifest(parseReference(`${host}/a:v1`))).toBeUndefined();
  });
});

it.runIf(hasIPv6())('a registry at an IPv6 address is read from and written to', async () => {
  const server = await registry();
  const [host = '', port] = server.host.split(':');
  const front = createRawServer(socket => {
    const behind = connect(Number(port), host).on('error', () => socket.destroy());
    socket
      .on('error', () => behind.destroy())
      .pipe(behind)
      .pipe(socket);
  });
  await new Promise<void>(resolve => front.listen(0, '::1', resolve));
  afterwards(async () => void front.close());
  const repository = parseRepository(`[::1]:${(front.address() as AddressInfo).port}/team/app`);
  const { registries } = client();
  const bytes = patterned(5_000_000);
  await registries.pushBlob(repository, descriptorOf(bytes), inChunks(bytes));
  const got: Buffer[] = [];
  const source = { descriptor: descriptorOf(bytes), repositories: [repository] };
  for await (const { chunk } of registries.blobs([source])) got.push(Buffer.from(chunk));
  expect(Buffer.concat(got).equals(bytes)).toBe(true);
});

function hasIPv6(): boolean {
  return Object.values(networkInterfaces()).some(addresses =>
    addresses?.some(({ address }) => address === '::1'),
  );
}

describe('--plain-http', () => {
  it('is believed without asking, and is what a registry without TLS is told to use', async () => {
    const server = await registry();
    const image = server.pushImage('a', { layers: [] });
    const { registries } = client({ plainHttp: new Set([server.host]) });
    expect(await registries.hasManifest(parseReference(image.reference))).toBe(image.digest);
  });
});

describe('redirects', () => {
  it('of blobs are followed, and the login stays behind', async () => {
    const bytes = Buffer.from('layer');
    const seen: IncomingMessage[] = [];
    const store = await other((request, response) => {
      seen.push(request);
      response.end(bytes);
    });
    const server = await registry({
      login: { username: 'joe', password: 'secret' },
      intercept: (request, response) =>
        request.headers.authorization !== undefined &&
        faulty({ kind: 'redirect', to: () => `http://${store}/blob?signature=s3cret` })(request, response),
    });
    const { registries } = client({
      credentials: { for: async () => ({ kind: 'password', username: 'joe', password: 'secret' }) },
    });
    const repository = parseRepository(`${server.host}/a`);
    expect(await registries.smallBlob(repository, descriptorOf(bytes), 10)).toEqual(bytes);
    expect(seen.map(({ url }) => url)).toEqual(['/blob?signature=s3cret']);
    expect(seen[0]?.headers.authorization).toBeUndefined();
    // A HEAD is answered by the redirect itself.
    expect(await registries.hasBlob(repository, descriptorOf(bytes).digest)).toBe(true);
    expect(seen).toHaveLength(1);
  });

  it('without end are given up', async () => {
    const server = await registry({ intercept: faulty({ kind: 'redirect', to: path => path }) });
    await expect(client().registries.manifest(parseReference(`${server.host}/a:v1`))).rejects.toThrow(
      'more than 5 redirects',
    );
    expect(server.requests).toHaveLength(6);
  });

  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://[fe80::1]/',
    'http://[::ffff:169.254.169.254]/',
    'http://0xa9fea9fe/',
    'http://[fd00:ec2::254]/latest/meta-data',
    'http://100.100.100.200/latest/meta-data',
    'http://168.63.129.16/metadata',
    'http://2852039166/',
    'http://0251.0376.0251.0376/',
    'http://[::169.254.169.254]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://[2002:a9fe:a9fe::1]/',
  ])('to %s are refused', async location => {
    const server = await registry({ intercept: faulty({ kind: 'redirect', to: () => location }) });
    await expect(client().registries.manifest(parseReference(`${server.host}/a:v1`))).rejects.toMatchObject({
      code: 'registry-error',
      message: expect.stringContaining('the registry names a link-local address as its redirect'),
    });
  });

  it.each([
    ...['127.0.0.1', '[::1]', 'localhost', 'x.localhost', '127.9.9.9', '0.0.0.0', '[::ffff:127.0.0.1]'],
    ...['0x7f.1', '017700000001', '2130706433', '127.1', '[::127.0.0.1]', '[::]', '[64:ff9b::7f00:1]'],
  ])('to this machine (%s) are followed from a registry on it, and from no other', async host => {
    const target = new URL(`http://${host}:5000/v2/`);
    await checkTarget(target, new URL('http://127.0.0.2:5001'), 'redirect');
    await expect(checkTarget(target, new URL('https://198.51.100.7'), 'redirect')).rejects.toMatchObject({
      code: 'registry-error',
      message: expect.stringContaining('the registry names a loopback address as its redirect'),
    });
  });

  it('to another protocol, or to nowhere, are refused', async () => {
    for (const [location, message] of [
      ['file:///etc/passwd', 'file: address'],
      ['http://[', 'is no URL'],
    ] as const) {
      const server = await registry({ intercept: faulty({ kind: 'redirect', to: () => location }) });
      await expect(client().registries.manifest(parseReference(`${server.host}/a:v1`))).rejects.toThrow(
        message,
      );
    }
  });

  it('hold for upload locations too', async () => {
    const answer = (_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(202, { location: 'http://169.254.169.254/upload' }).end();
      return true;
    };
    const server = await registry({ intercept: answer });
    const bytes = Buffer.from('x');
    await expect(
      client().registries.pushBlob(parseRepository(`${server.host}/a`), descriptorOf(bytes), inChunks(bytes)),
    ).rejects.toThrow('link-local address as its upload location');
  });
});

describe('what servers say', () => {
  it('is shown without signatures, passwords and control characters', () => {
    expect(redact('GET https://joe:pw@s3.example.com/x?sig=abc failed')).toBe(
      'GET https://s3.example.com/x?… failed',
    );
    expect(presentable('a\u001b]0;title\u0007\r\nb\u202ec')).toBe('a ]0;title b c');
    expect(presentable('x'.repeat(1000))).toHaveLength(300);
  });
});
