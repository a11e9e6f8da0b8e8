import { connect as connectTls, createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { Agent, buildConnector, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { isLoopbackName } from './places.ts';
import { normaliseHost } from './reference.ts';

export interface NetworkOptions {
  /** PEM certificates to trust besides the system's. */
  readonly ca?: string;
  /** Registries (`host[:port]`) to be spoken to in the clear. */
  readonly plainHttp?: ReadonlySet<string>;
  /** For `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** More than the segments and requests in flight of any part of a run, so that none waits for another. */
const CONNECTIONS = 32;
const CONNECT_MS = 15_000;
/** A registry may look for a blob in a slow store before it answers. */
const HEADERS_MS = 60_000;
const BODY_MS = 60_000;

/** The way to registries: one pool of kept-alive connections, whom to trust, and who speaks TLS. */
export class Network {
  readonly dispatcher: Dispatcher;
  readonly #options: NetworkOptions;
  readonly #proxied: boolean;
  readonly #plainHttp: ReadonlySet<string>;
  readonly #schemes = new Map<string, Promise<'http' | 'https'>>();
  #context: SecureContext | undefined;

  constructor(options: NetworkOptions = {}) {
    this.#options = options;
    this.#plainHttp = new Set([...(options.plainHttp ?? [])].map(normaliseHost));
    const proxies = proxiesIn(options.environment ?? process.env);
    this.#proxied = proxies !== undefined;
    this.dispatcher = proxies ? this.#proxyAgent(proxies) : this.#agent();
  }

  /** `https://host`, or `http://host` for hosts that were named so and loopback hosts that do not speak TLS. */
  async origin(registry: string): Promise<string> {
    const known = this.#schemes.get(registry) ?? this.#scheme(registry);
    this.#schemes.set(registry, known);
    return `${await known}://${registry}`;
  }

  /** Whether connections go to the host itself, not through a proxy. */
  isDirect(hostname: string): boolean {
    return !this.#proxied || isLoopbackName(hostname);
  }

  /** Made once: to parse hundreds of certificates costs more than a handshake. */
  get secureContext(): SecureContext {
    if (this.#context === undefined) {
      const own = this.#options.ca === undefined ? [] : [this.#options.ca];
      const trusted = new Set([...getCACertificates('default'), ...getCACertificates('system'), ...own]);
      this.#context = createSecureContext({ ca: [...trusted] });
    }
    return this.#context;
  }

  close(): Promise<void> {
    return this.dispatcher.destroy();
  }

  #agent(): Agent {
    let connector: buildConnector.connector | undefined;
    return new Agent({
      connections: CONNECTIONS,
      headersTimeout: HEADERS_MS,
      bodyTimeout: BODY_MS,
      connect: (options, callback) => {
        connector ??= buildConnector({ timeout: CONNECT_MS, secureContext: this.secureContext });
        connector(options, callback);
      },
    });
  }

  #proxyAgent(proxies: Proxies): EnvHttpProxyAgent {
    const tls = { timeout: CONNECT_MS, secureContext: this.secureContext };
    return new EnvHttpProxyAgent({
      ...proxies,
      connections: CONNECTIONS,
      headersTimeout: HEADERS_MS,
      bodyTimeout: BODY_MS,
      connect: tls,
      requestTls: tls,
    });
  }

  async #scheme(registry: string): Promise<'http' | 'https'> {
    if (this.#plainHttp.has(registry)) return 'http';
    const url = new URL(`https://${registry}`);
    return !isLoopbackName(url.hostname) || (await this.#speaksTls(url)) ? 'https' : 'http';
  }

  /** False only when something answers that is not TLS: a certificate we do not trust is TLS, and so is silence. */
  #speaksTls(url: URL): Promise<boolean> {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = Number(url.port || 443);
    return new Promise(resolve => {
      // Nothing is sent, so it does not matter yet whom we meet.
      const socket = connectTls({ host, port, timeout: CONNECT_MS, rejectUnauthorized: false });
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

interface Proxies {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly noProxy: string;
}

/** As Go's tools read them: loopback is never proxied. Undefined when there is no proxy. */
function proxiesIn(environment: NodeJS.ProcessEnv): Proxies | undefined {
  const read = (name: string) => environment[name.toLowerCase()] || environment[name] || undefined;
  const httpProxy = read('HTTP_PROXY');
  const httpsProxy = read('HTTPS_PROXY');
  if (httpProxy === undefined && httpsProxy === undefined) return undefined;
  return {
    ...(httpProxy !== undefined && { httpProxy }),
    ...(httpsProxy !== undefined && { httpsProxy }),
    noProxy: [read('NO_PROXY'), 'localhost', '.localhost', '127.0.0.1', '::1'].filter(Boolean).join(','),
  };
}

/** What OpenSSL says of an answer in plain text, and what a server does that cannot make sense of a handshake. */
const NO_TLS = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
  'ECONNRESET',
]);
