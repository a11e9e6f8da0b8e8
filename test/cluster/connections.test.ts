import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { proxyFor } from '../../src/base/proxy.ts';
import { selfSigned } from '../registry/certificate.ts';
import { CONFIG_MAPS } from '../sandbox/contract-kinds.ts';
import { httpProxy, socksProxy, tlsFront } from './fronts.ts';
import { connected, fill, folder, server, WAYS } from './server.ts';

async function pem(text: string): Promise<string> {
  const file = join(await folder(), 'file.pem');
  await writeFile(file, text);
  return file;
}

describe.each(WAYS)('over connections for %s,', (_, connected) => {
  describe('TLS', () => {
    async function front(extra: object = {}) {
      const { server: api } = await server();
      const certificate = selfSigned();
      const tls = await tlsFront(api.url, { ...certificate, ...extra });
      const options = {
        server: `https://127.0.0.1:${tls.port}`,
        certificateAuthority: await pem(certificate.cert),
      };
      return { api, tls, options, kubeconfig: api.kubeconfig() };
    }

    it("trusts the cluster's own authority, and keeps its connections", async () => {
      const { api, tls, options, kubeconfig } = await front();
      await fill(api, 1_500);
      const cluster = await connected(kubeconfig, options);
      await cluster.version();
      let count = 0;
      for await (const page of cluster.list(CONFIG_MAPS, { labelSelector: 'app=filler' }))
        count += page.length;
      expect(count).toBe(1_500);
      // The last one may still be on its way back into the pool when it is wanted again.
      expect(tls.connections.length).toBeLessThanOrEqual(2);
    });

    it('refuses an authority that it does not know, and says what helps', async () => {
      const { options, kubeconfig } = await front();
      const cluster = await connected(kubeconfig, {
        ...options,
        certificateAuthority: await pem(selfSigned().cert),
      });
      await expect(cluster.version()).rejects.toMatchObject({
        code: 'not-connected',
        message: expect.stringContaining('the API server cannot be trusted'),
        hints: [expect.stringContaining('--certificate-authority')],
      });
    });

    it('refuses a certificate for another name, unless that name is expected', async () => {
      const { options, kubeconfig } = await front();
      const named = (tlsServerName: string) => connected(kubeconfig, { ...options, tlsServerName });
      await expect((await named('other.example.com')).version()).rejects.toMatchObject({
        message: expect.stringContaining('its certificate is for another name'),
        hints: [expect.stringContaining('--tls-server-name')],
      });
      expect(await (await named('localhost')).version()).toMatch(/^v1/);
    });

    it('trusts anything when told to', async () => {
      const { options, kubeconfig } = await front();
      const cluster = await connected(kubeconfig, { server: options.server, insecureSkipTlsVerify: true });
      expect(await cluster.version()).toMatch(/^v1/);
    });

    it('shows the client certificate', async () => {
      const { options, tls, api } = await front({ requestCert: true, rejectUnauthorized: false });
      const { cert, key } = selfSigned();
      const encoded = (text: string) => Buffer.from(text).toString('base64');
      const user = `client-certificate-data: ${encoded(cert)}\n      client-key-data: ${encoded(key)}`;
      const kubeconfig = api.kubeconfig().replace('user: {}', `user:\n      ${user}`);
      expect(await (await connected(kubeconfig, options)).version()).toMatch(/^v1/);
      expect(tls.peers).toEqual(['test registry']);
    });

    it('says so when the server does not speak it', async () => {
      const { api, kubeconfig } = await front();
      const cluster = await connected(kubeconfig, { server: api.url.replace('http:', 'https:') });
      await expect(cluster.version()).rejects.toMatchObject({
        code: 'not-connected',
        message: expect.stringContaining('it does not speak TLS'),
      });
    });
  });
});

describe('a proxy', () => {
  async function behind(proxyUrl: string, secure = true) {
    const { server: api } = await server();
    const certificate = selfSigned();
    const tls = await tlsFront(api.url, certificate);
    const kubeconfig = api.kubeconfig().replace(/server: .*/, `$&\n      proxy-url: ${proxyUrl}`);
    const url = secure ? `https://127.0.0.1:${tls.port}` : api.url;
    const cluster = await connected(kubeconfig, {
      server: url,
      certificateAuthority: await pem(certificate.cert),
    });
    return { cluster, port: new URL(url).port };
  }

  it('of HTTP opens a tunnel, logged in', async () => {
    const proxy = await httpProxy();
    const { cluster, port } = await behind(`http://me:secret@127.0.0.1:${proxy.port}`);
    expect(await cluster.version()).toMatch(/^v1/);
    const login = Buffer.from('me:secret').toString('base64');
    expect(proxy.asked).toEqual([`CONNECT 127.0.0.1:${port} Basic ${login}`]);
  });

  it('of HTTP forwards to a plain server', async () => {
    const proxy = await httpProxy();
    const { cluster, port } = await behind(`http://127.0.0.1:${proxy.port}`, false);
    expect(await cluster.version()).toMatch(/^v1/);
    expect(proxy.asked).toEqual([`GET http://127.0.0.1:${port}/version`]);
  });

  it('of SOCKS passes everything on', async () => {
    const proxy = await socksProxy();
    const { cluster, port } = await behind(`socks5://me:secret@127.0.0.1:${proxy.port}`);
    expect(await cluster.version()).toMatch(/^v1/);
    expect(proxy.asked).toEqual([Number(port)]);
  });

  it('of SOCKS may refuse', async () => {
    const proxy = await socksProxy();
    const { cluster } = await behind(`socks5://me:wrong@127.0.0.1:${proxy.port}`);
    await expect(cluster.version()).rejects.toMatchObject({
      code: 'not-connected',
      message: expect.stringContaining('the SOCKS proxy does not accept the user name and password'),
    });
  });

  it('of no known kind is refused', async () => {
    const { cluster } = await behind('gopher://127.0.0.1:1');
    await expect(cluster.version()).rejects.toMatchObject({ code: 'kubeconfig' });
  });

  const HTTPS_PROXY = 'http://proxy.example.com:3128';
  it.each([
    ['https://api.example.com', { HTTPS_PROXY }, HTTPS_PROXY],
    ['https://api.example.com', { https_proxy: 'proxy.example.com:3128' }, HTTPS_PROXY],
    ['http://api.example.com', { HTTPS_PROXY }, undefined],
    ['https://api.example.com', { HTTPS_PROXY, NO_PROXY: 'example.com' }, undefined],
    ['https://api.example.com', { HTTPS_PROXY, NO_PROXY: '.example.com' }, undefined],
    ['https://api.example.com', { HTTPS_PROXY, NO_PROXY: '*.example.com' }, undefined],
    ['https://example.com', { HTTPS_PROXY, NO_PROXY: '.example.com' }, HTTPS_PROXY],
    ['https://api.example.com', { HTTPS_PROXY, NO_PROXY: 'ample.com' }, HTTPS_PROXY],
    ['https://api.example.com', { HTTPS_PROXY, NO_PROXY: '*' }, undefined],
    ['https://api.example.com:6443', { HTTPS_PROXY, NO_PROXY: 'api.example.com:443' }, HTTPS_PROXY],
    ['https://api.example.com:6443', { HTTPS_PROXY, NO_PROXY: ' a, api.example.com:6443' }, undefined],
    ['https://10.1.2.3:6443', { HTTPS_PROXY, NO_PROXY: '10.0.0.0/8' }, undefined],
    ['https://11.1.2.3:6443', { HTTPS_PROXY, NO_PROXY: '10.0.0.0/8' }, HTTPS_PROXY],
    ['https://[fd00::1]:6443', { HTTPS_PROXY, NO_PROXY: 'fd00::1' }, undefined],
    ['https://[fd00::1]:6443', { HTTPS_PROXY, NO_PROXY: 'fd00::/8' }, undefined],
    ['https://localhost:6443', { HTTPS_PROXY }, undefined],
    ['https://127.0.0.1:6443', { HTTPS_PROXY }, undefined],
  ])('for %s with %j is %s', (url, env, proxy) => {
    expect(proxyFor(new URL(url), undefined, env)).toBe(proxy);
  });
});
