import { getCACertificates, rootCertificates } from 'node:tls';
import { Agent, type buildConnector, type Dispatcher, ProxyAgent } from 'undici';
import { Failure } from '../base/errors.ts';
import { API_CONNECTIONS } from '../base/limits.ts';
import { proxyFor } from '../base/proxy.ts';
import { type ClientCertificate, pemOf } from './credentials.ts';
import type { ClusterEntry } from './kubeconfig-entries.ts';
import { socksConnector } from './socks.ts';

/** How long a TCP and TLS handshake may take. */
const CONNECT_MS = 15_000;

/** The kept-alive connections to one API server; a new client certificate means new ones. */
export class Connections {
  readonly #cluster: ClusterEntry;
  readonly #proxy: string | undefined;
  readonly #allowH2: boolean;
  #ca: Promise<string | string[]> | undefined;
  #open: { dispatcher: Promise<Dispatcher>; certificate: ClientCertificate | undefined } | undefined;

  /** @param allowH2 false for connections that are to be taken over, which only HTTP/1.1 knows */
  constructor(cluster: ClusterEntry, env: Readonly<Record<string, string | undefined>>, allowH2 = true) {
    this.#allowH2 = allowH2;
    this.#cluster = cluster;
    this.#proxy = proxyFor(new URL(cluster.server), cluster['proxy-url'], env);
  }

  /** @throws Failure `kubeconfig` when the certificate authority cannot be read or the proxy is of no known kind. */
  dispatcher(certificate: ClientCertificate | undefined): Promise<Dispatcher> {
    if (this.#open === undefined || !sameCertificate(this.#open.certificate, certificate)) {
      const former = this.#open;
      this.#open = { dispatcher: this.#create(certificate), certificate };
      // Requests that are under way on the former connections end in peace.
      former?.dispatcher.then(dispatcher => dispatcher.close()).catch(() => undefined);
    }
    return this.#open.dispatcher;
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    // Where none could be made, whoever asked has been told, and nothing is left to close.
    const dispatcher = await open?.dispatcher.catch(() => undefined);
    await dispatcher?.destroy();
  }

  async #create(certificate: ClientCertificate | undefined): Promise<Dispatcher> {
    const tls = await this.#tls(certificate);
    const pool = { connections: API_CONNECTIONS, pipelining: 1, allowH2: this.#allowH2 };
    const proxy = this.#proxy;
    if (proxy === undefined) return new Agent({ ...pool, connect: { ...tls, timeout: CONNECT_MS } });
    switch (URL.parse(proxy)?.protocol) {
      case 'http:':
      case 'https:':
        return new ProxyAgent({ ...pool, uri: proxy, requestTls: tls });
      case 'socks5:':
      case 'socks5h:':
      case 'socks:':
        return new Agent({
          ...pool,
          connect: socksConnector(new URL(proxy), { ...tls, timeout: CONNECT_MS }),
        });
      default:
        throw new Failure('kubeconfig', 'the proxy is of no known kind', {
          hints: ['a proxy is written http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT'],
        });
    }
  }

  async #tls(certificate: ClientCertificate | undefined): Promise<buildConnector.BuildOptions> {
    const cluster = this.#cluster;
    if (!cluster.server.startsWith('https:')) return {};
    this.#ca ??= authorities(cluster);
    return {
      ca: await this.#ca,
      allowH2: this.#allowH2,
      ...(certificate && { cert: certificate.cert, key: certificate.key }),
      ...(cluster['tls-server-name'] && { servername: cluster['tls-server-name'] }),
      ...(cluster['insecure-skip-tls-verify'] && { rejectUnauthorized: false }),
    };
  }
}

/** The cluster's own authority, else those of the system as for kubectl, beside Node's own list. */
async function authorities(cluster: ClusterEntry): Promise<string | string[]> {
  const own = await pemOf(cluster['certificate-authority-data'], cluster['certificate-authority']);
  return own ?? [...rootCertificates, ...getCACertificates('system')];
}

function sameCertificate(a: ClientCertificate | undefined, b: ClientCertificate | undefined): boolean {
  return a?.cert === b?.cert && a?.key === b?.key;
}
