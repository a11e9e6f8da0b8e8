import { Agent, type ClientRequest, type IncomingMessage, request as overHttp } from 'node:http';
import { request as overHttps, Agent as SecureAgent } from 'node:https';
import type { Dispatcher } from 'undici';
import { API_CONNECTIONS } from '../base/limits.ts';
import { type Answer, CONNECT_MS, type Exchange, type TlsOptions } from './exchange.ts';

/**
 * Sends the requests of a command that has few of them, by Node's own HTTP: that is there at once, where undici, which
 * is better at thousands, takes longer to load than such a command has to run.
 */
export class BriefExchange implements Exchange {
  readonly #agent: Agent;
  readonly #send: typeof overHttp;

  /** @param tls undefined for a server that speaks plain HTTP */
  constructor(tls: TlsOptions | undefined) {
    const kept = { keepAlive: true, maxSockets: API_CONNECTIONS };
    this.#agent = tls === undefined ? new Agent(kept) : new SecureAgent({ ...tls, ...kept });
    this.#send = tls === undefined ? overHttp : overHttps;
  }

  async request(options: Dispatcher.RequestOptions): Promise<Answer> {
    const { origin, path, method, body, signal, headersTimeout } = options;
    const headers = options.headers as Record<string, string | string[]>;
    const request = this.#send(`${origin}${path}`, { method, headers, agent: this.#agent });
    let response: IncomingMessage | undefined;
    const fail = (error: Error) => (response ?? request).destroy(error);
    if (headersTimeout) request.setTimeout(headersTimeout, () => fail(silence()));
    if (signal instanceof AbortSignal) {
      const abort = () => fail(signal.reason);
      signal.addEventListener('abort', abort);
      request.once('close', () => signal.removeEventListener('abort', abort));
    }
    boundConnecting(request);
    const answered = new Promise<Answer>((resolve, reject) => {
      request.on('error', error => reject(withReason(error)));
      request.once('response', message => {
        response = message;
        resolve({ statusCode: message.statusCode ?? 0, headers: message.headers, body: message });
      });
    });
    request.end(body ?? undefined);
    return answered;
  }

  async destroy(): Promise<void> {
    this.#agent.destroy();
  }

  close(): Promise<void> {
    return this.destroy();
  }
}

function boundConnecting(request: ClientRequest): void {
  request.once('socket', socket => {
    if (!socket.connecting) return;
    const error = Object.assign(new Error('it does not answer'), { code: 'CONNECT_TIMEOUT' });
    const timer = setTimeout(() => request.destroy(error), CONNECT_MS);
    const connected = () => clearTimeout(timer);
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', connected).once('close', connected);
  });
}

function silence(): DOMException {
  return new DOMException('nothing came for too long', 'TimeoutError');
}

/** What is written before a handshake has failed meets OpenSSL's reason as a text alone; this is Node's code for it. */
function withReason(error: NodeJS.ErrnoException): Error {
  const [, reason] = /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/i.exec(error.message) ?? [];
  if (error.code !== 'EPROTO' || reason === undefined) return error;
  const code = `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`;
  return Object.assign(new Error(reason, { cause: error }), { code });
}
