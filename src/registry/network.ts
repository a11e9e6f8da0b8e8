import { connect as connectTls } from 'node:tls';
import { Agent, type buildConnector, type Dispatcher, ProxyAgent } from 'undici';
import { Failure } from '../base/errors.ts';
import { TRANSFERS_IN_FLIGHT } from '../base/limits.ts';
import { proxyFor } from '../base/proxy.ts';
import { isElsewhere, isLoopbackName, lookupElsewhere } from './address-scope.ts';
import { dialled } from './dialled.ts';
import type { Dial, Endpoint } from './endpoints.ts';
import { normaliseHost } from './reference.ts';
import { type HostTls, Trust, type TrustOptions } from './trust.ts';

/** How registries are reached. */
export interface NetworkOptions extends TrustOptions {
  /** Registries (`host[:port]`) to be spoken to in the clear. */
  readonly plainHttp?: ReadonlySet<string>;
  /** Where registries are reached that go by names which are not known here. */
  readonly endpoints?: ReadonlyMap<string, Endpoint>;
  /** For `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, and `ASA_BACKUP_CERTS_DIR`. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** As many as transfers may be in flight, and the requests beside them, so that none waits for another. */
const CONNECTIONS = TRANSFERS_IN_FLIGHT + 8;
const CONNECT_MS = 15_000;
/** A registry may look for a blob in a slow store before it answers. */
const HEADERS_MS = 60_000;
const BODY_MS = 60_000;

/** The way to registries: kept-alive connections, whom to trust, who speaks TLS, and what is elsewhere than its name. */
export class Network {
  readonly #trust: Trust;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #plainHttp: ReadonlySet<string>;
  readonly #endpoints: ReadonlyMap<string, Endpoint>;
  /** What the registry at an endpoint is called. */
  readonly #names: ReadonlyMap<string, string>;
  readonly #schemes = new Map<string, Promise<'http' | 'https'>>();
  /** By the way they take: `direct`, by a proxy's URL, or direct to where only names of elsewhere may lead. */
  readonly #dispatchers = new Map<string, Map<HostTls | Dial | undefined, Dispatcher>>();
  /** Whether a registry is neither on this machine nor on its network segment, by its name. */
  readonly #elsewhere = new Map<string, Promise<boolean>>();

  constructor(options: NetworkOptions = {}) {
    this.#trust = new Trust(options);
    this.#environment = options.environment ?? process.env;
    this.#plainHttp = new Set([...(options.plainHttp ?? [])].map(normaliseHost));
    this.#endpoints = options.endpoints ?? new Map();
    this.#names = new Map(
      [...this.#endpoints].flatMap(([name, at]) => ('host' in at ? [[at.host, name] as const] : [])),
    );
  }

  /** `https://host`, or `http://host` for hosts that were named so and loopback hosts that do not speak TLS. */
  async origin(registry: string): Promise<string> {
    const known = this.#schemes.get(registry) ?? this.#scheme(registry);
    this.#schemes.set(registry, known);
    // One that could not be dialled may be there at the next attempt.
    known.catch(() => this.#schemes.delete(registry));
    const endpoint = this.#endpoints.get(registry);
    return `${await known}://${endpoint !== undefined && 'host' in endpoint ? endpoint.host : registry}`;
  }

  /** The same place as it is reached from here: registries name themselves as the cluster knows them. */
  async reach(url: URL): Promise<URL> {
    const registry = normaliseHost(url.host);
    if (!this.#endpoints.has(registry)) return url;
    return new URL(`${await this.origin(registry)}${url.pathname}${url.search}`);
  }

  /** Whether connections go to the host itself, not through a proxy or what else has to be dialled. */
  isDirect(url: URL): boolean {
    return this.#dialOf(url.host) === undefined && this.#proxyFor(url) === undefined;
  }

  /** `host:port` of the proxy that stands in between. */
  proxyHost(url: URL): string | undefined {
    const proxy = this.#dialOf(url.host) === undefined ? this.#proxyFor(url) : undefined;
    return proxy && new URL(proxy).host;
  }

  /** Takes an authority's certificates for connections that are still to be made; false when they are none. */
  trust(pem: string): boolean {
    return this.#trust.add(pem);
  }

  /** @throws Failure `usage` for certificates in certs.d that cannot be used */
  tls(host: string): Promise<HostTls> {
    return this.#trust.for(host, this.#names.get(host));
  }

  /**
   * The connections for requests to a URL; those in the clear need no certificates, which take their time to read.
   * @param sender the registry that sends us there, where it is not the one to be asked
   */
  async dispatcher(url: URL, sender?: URL): Promise<Dispatcher> {
    const tls = url.protocol === 'https:' ? await this.tls(url.host) : undefined;
    const dial = this.#dialOf(url.host);
    const proxy = dial === undefined ? this.#proxyFor(url) : undefined;
    const isGuarded = sender !== undefined && proxy === undefined && (await this.#isElsewhere(sender));
    const agents = this.#agentsOf(proxy ?? (isGuarded ? 'elsewhere' : 'direct'));
    const known = agents.get(dial ?? tls) ?? this.#agent(tls, dial, proxy, isGuarded);
    agents.set(dial ?? tls, known);
    return known;
  }

  #isElsewhere({ hostname }: URL): Promise<boolean> {
    const known = this.#elsewhere.get(hostname) ?? isElsewhere(hostname);
    this.#elsewhere.set(hostname, known);
    return known;
  }

  async close(): Promise<void> {
    const all = [...this.#dispatchers.values()].flatMap(agents => [...agents.values()]);
    await Promise.all(all.map(dispatcher => dispatcher.destroy()));
  }

  /** @throws Failure `usage` for a proxy that is no URL */
  #proxyFor(url: URL): string | undefined {
    const proxy = proxyFor(url, undefined, this.#environment);
    if (proxy === undefined || URL.canParse(proxy)) return proxy;
    throw new Failure('usage', 'the proxy in the environment is no URL', {
      subject: url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY',
      hints: ['for example HTTPS_PROXY=http://proxy.example.com:3128'],
    });
  }

  #agentsOf(way: string): Map<HostTls | Dial | undefined, Dispatcher> {
    const known = this.#dispatchers.get(way) ?? new Map();
    this.#dispatchers.set(way, known);
    return known;
  }

  #dialOf(host: string): Dial | undefined {
    const endpoint = this.#endpoints.get(normaliseHost(host));
    return endpoint !== undefined && 'dial' in endpoint ? endpoint.dial : undefined;
  }

  #agent(
    tls: HostTls | undefined,
    dial: Dial | undefined,
    proxy: string | undefined,
    isGuarded: boolean,
  ): Dispatcher {
    const lookup = isGuarded ? { lookup: lookupElsewhere } : {};
    const connect = { ...tls, ...lookup, timeout: CONNECT_MS } as buildConnector.BuildOptions;
    const options = { connections: CONNECTIONS, headersTimeout: HEADERS_MS, bodyTimeout: BODY_MS, connect };
    if (dial !== undefined) return new Agent({ ...options, connect: dialled(dial, connect) });
    if (proxy === undefined) return new Agent(options);
    return new ProxyAgent({ ...options, uri: proxy, requestTls: connect });
  }

  async #scheme(registry: string): Promise<'http' | 'https'> {
    const endpoint = this.#endpoints.get(registry);
    if (endpoint !== undefined && 'scheme' in endpoint) return endpoint.scheme;
    if (this.#plainHttp.has(registry)) return 'http';
    const url = new URL(`https://${registry}`);
    // Behind a tunnel as on loopback there is nobody in between who could make us speak in the clear.
    if (endpoint !== undefined) return (await this.#speaksTls(url, endpoint.dial)) ? 'https' : 'http';
    return !isLoopbackName(url.hostname) || (await this.#speaksTls(url)) ? 'https' : 'http';
  }

  /** False only when something answers that is not TLS: a certificate we do not trust is TLS, and so is silence. */
  async #speaksTls(url: URL, dial?: Dial): Promise<boolean> {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = Number(url.port || 443);
    const way = dial === undefined ? { host, port } : { socket: await dial() };
    return new Promise(resolve => {
      // Nothing is sent, so it does not matter yet whom we meet.
      const socket = connectTls({ ...way, timeout: CONNECT_MS, rejectUnauthorized: false });
      const settle = (answer: boolean) => {
        socket.destroy();
        resolve(answer);
      };
      socket.on('secureConnect', () => settle(true));
      socket.on('timeout', () => settle(true));
      socket.on('error', (error: NodeJS.ErrnoException) => settle(!NO_TLS.has(error.code ?? '')));
    });
  }
}

/** What OpenSSL says of an answer in plain text, and what a server does that cannot make sense of a handshake. */
const NO_TLS = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
  'ECONNRESET',
]);
