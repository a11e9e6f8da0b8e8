import { getCACertificates, rootCertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import { Failure } from '../base/errors.ts';
import { proxyFor } from '../base/proxy.ts';
import { type ClientCertificate, pemOf } from './credentials.ts';
import type { Exchange, TlsOptions } from './exchange.ts';
import type { ClusterEntry } from './kubeconfig-entries.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const PROXIES = ['http:', 'https:', 'socks5:', 'socks5h:', 'socks:'];

/** The kept-alive connections to one API server; a new client certificate means new ones. */
export class Connections<T extends Exchange> {
  readonly #make: (certificate: ClientCertificate | undefined) => Promise<T>;
  #open: { exchange: Promise<T>; certificate: ClientCertificate | undefined } | undefined;

  constructor(make: (certificate: ClientCertificate | undefined) => Promise<T>) {
    this.#make = make;
  }

  /** @throws Failure `kubeconfig` when the certificate authority cannot be read or the proxy is of no known kind. */
  exchange(certificate: ClientCertificate | undefined): Promise<T> {
    if (this.#open === undefined || !sameCertificate(this.#open.certificate, certificate)) {
      const former = this.#open;
      this.#open = { exchange: this.#make(certificate), certificate };
      // Requests that are under way on the former connections end in peace. That none could be made was told to whoever
      // asked; how they close changes nothing for those who ask now.
      former?.exchange.then(exchange => exchange.close()).catch(() => undefined);
    }
    return this.#open.exchange;
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    // Where none could be made, whoever asked has been told, and nothing is left to close.
    const exchange = await open?.exchange.catch(() => undefined);
    await exchange?.destroy();
  }
}

/** Connections for a long run. @param allowH2 false for ones that are to be taken over, which only HTTP/1.1 knows */
export function manyRequests(
  cluster: ClusterEntry,
  env: Environment,
  allowH2 = true,
): Connections<Dispatcher> {
  const proxy = proxyOf(cluster, env);
  return new Connections(async certificate => {
    checkProxy(proxy);
    const [{ openPool }, tls] = await Promise.all([import('./pool.ts'), tlsOf(cluster, certificate)]);
    return openPool({ tls, allowH2, proxy: proxy === undefined ? undefined : new URL(proxy) });
  });
}

/** Connections for a few requests; through a proxy, those that know proxies. */
export function fewRequests(cluster: ClusterEntry, env: Environment): Connections<Exchange> {
  if (proxyOf(cluster, env) !== undefined) return manyRequests(cluster, env);
  return new Connections(async certificate => {
    const [{ BriefExchange }, tls] = await Promise.all([import('./brief.ts'), tlsOf(cluster, certificate)]);
    return new BriefExchange(tls);
  });
}

function proxyOf(cluster: ClusterEntry, env: Environment): string | undefined {
  return proxyFor(new URL(cluster.server), cluster['proxy-url'], env);
}

function checkProxy(proxy: string | undefined): void {
  if (proxy === undefined || PROXIES.includes(URL.parse(proxy)?.protocol ?? '')) return;
  throw new Failure('kubeconfig', 'the proxy is of no known kind', {
    hints: ['a proxy is written http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT'],
  });
}

/** Undefined for a server that speaks plain HTTP. */
async function tlsOf(
  cluster: ClusterEntry,
  certificate: ClientCertificate | undefined,
): Promise<TlsOptions | undefined> {
  if (!cluster.server.startsWith('https:')) return undefined;
  return {
    ca: await authorities(cluster),
    ...(certificate && { cert: certificate.cert, key: certificate.key }),
    ...(cluster['tls-server-name'] && { servername: cluster['tls-server-name'] }),
    ...(cluster['insecure-skip-tls-verify'] && { rejectUnauthorized: false }),
  };
}

/** The cluster's own authority, else those of the system as for kubectl, beside Node's own list. */
async function authorities(cluster: ClusterEntry): Promise<string | string[]> {
  const own = await pemOf(cluster['certificate-authority-data'], cluster['certificate-authority']);
  return own ?? [...rootCertificates, ...getCACertificates('system')];
}

function sameCertificate(a: ClientCertificate | undefined, b: ClientCertificate | undefined): boolean {
  return a?.cert === b?.cert && a?.key === b?.key;
}
