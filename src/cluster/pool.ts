import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { API_CONNECTIONS } from '../base/limits.ts';
import { CONNECT_MS, type TlsOptions } from './exchange.ts';
import { socksConnector } from './socks.ts';

/** How a server is reached. */
export interface Route {
  /** Undefined for a server that speaks plain HTTP. */
  readonly tls: TlsOptions | undefined;
  readonly proxy: URL | undefined;
  /** False for connections that are to be taken over, which only HTTP/1.1 knows. */
  readonly allowH2: boolean;
}

/** Many kept-alive connections to one server, by undici. */
export function openPool({ tls, proxy, allowH2 }: Route): Dispatcher {
  const pool = { connections: API_CONNECTIONS, pipelining: 1, allowH2 };
  const secure = tls && { ...tls, allowH2 };
  const direct = { ...secure, timeout: CONNECT_MS };
  if (proxy === undefined) return new Agent({ ...pool, connect: direct });
  if (proxy.protocol.startsWith('http'))
    return new ProxyAgent({ ...pool, uri: proxy.href, ...(secure && { requestTls: secure }) });
  return new Agent({ ...pool, connect: socksConnector(proxy, direct) });
}
