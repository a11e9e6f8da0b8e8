import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { type Dispatcher, request as dispatch, errors } from 'undici';
import { Failure } from '../base/errors.ts';
import { checkTarget } from './address-scope.ts';
import type { Network } from './network.ts';
import { codeOf, connectionFailure, ProxiedError, rootOf } from './refusal.ts';
import { Transient } from './retry.ts';

/** What can be sent again (bytes as a whole or in pieces), or passes once. */
export type Body = Buffer | readonly Buffer[] | AsyncIterable<Buffer>;

/** One request to a registry, or to where it sent us. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent to the registry itself and never to another host. */
  readonly authorization?: string | undefined;
  readonly body?: Body;
  /** Redirects are followed; without it they are the answer. */
  readonly follow?: boolean;
  /** The registry that says where it goes, where that is not the one that is asked. */
  readonly sender?: URL;
  readonly signal?: AbortSignal | undefined;
}

/** An answer of whatever status. Its body is to be read or dumped. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Dispatcher.ResponseData['body'];
  /** Where it came from, after redirects. */
  readonly url: URL;
}

/** Whether something was done, in whichever of its ways a registry says so: not all keep to the specification's. */
export function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

const REDIRECTS = 5;

/**
 * One exchange with a registry, redirects included. Redirects are followed by hand: the login stays at the
 * registry's own origin, and a target on this machine or network segment is refused.
 */
export async function send(network: Network, home: URL, request: HttpRequest): Promise<Answer> {
  const registry = await network.reach(home);
  const { sender = registry } = request;
  let target = request.url;
  for (let redirects = 0; redirects <= REDIRECTS; redirects++) {
    const url = await network.reach(target);
    // What is reached elsewhere than by its name is so by the operator's word.
    const isSent = url === target && url.hostname !== sender.hostname;
    const answer = await exchange(network, registry, url, request, isSent ? sender : undefined);
    const location = answer.headers.location;
    if (!request.follow || ![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) {
      return answer;
    }
    await answer.body.dump();
    target = await follow(location, url, registry, 'redirect');
  }
  throw new Failure('registry-error', `more than ${REDIRECTS} redirects`, { subject: registry.host });
}

/**
 * The URL that a Location header names, seen from the URL that was asked.
 * @throws Failure `registry-error` when it is no URL or leads where a registry may not lead us
 */
export async function follow(location: string, from: URL, registry: URL, what: string): Promise<URL> {
  if (!URL.canParse(location, from)) {
    throw new Failure('registry-error', `the registry's ${what} is no URL`, { subject: registry.host });
  }
  const target = new URL(location, from);
  // Registries behind a proxy that ends TLS often believe that they are spoken to in the clear, at whichever port.
  const ports = [registry.port, registry.port || (registry.protocol === 'https:' ? '443' : '80')];
  if (target.hostname === registry.hostname && ports.includes(target.port))
    target.protocol = registry.protocol;
  await checkTarget(target, registry, what);
  return target;
}

async function exchange(
  network: Network,
  registry: URL,
  url: URL,
  request: HttpRequest,
  sender: URL | undefined,
): Promise<Answer> {
  const { method, authorization, body, signal, headers } = request;
  const own = url.origin === registry.origin && authorization !== undefined;
  const sent = dispatch(url, {
    dispatcher: await network.dispatcher(url, sender),
    method,
    headers: { 'user-agent': 'kubectl-asa-backup', ...headers, ...(own && { authorization }) },
    body: sendable(body),
    ...(signal && { signal }),
  });
  const { statusCode, ...answer } = await sent.catch(error => {
    const proxy = network.proxyHost(url);
    // What is not the connection's is that of whoever gives the body, or takes the request back.
    const isOther = error instanceof Failure || codeOf(rootOf(error)) === '' || signal?.aborted;
    throw proxy === undefined || isOther ? error : new ProxiedError(proxy, error);
  });
  return { status: statusCode, headers: answer.headers, body: answer.body, url };
}

/** A buffer is cheaper to send than a stream of one. */
function sendable(body: Body | undefined): Buffer | Readable | null {
  if (body === undefined || Buffer.isBuffer(body)) return body ?? null;
  const [first, ...more] = Array.isArray(body) ? (body as readonly Buffer[]) : [];
  if (Array.isArray(body) && more.length === 0) return first ?? Buffer.alloc(0);
  return Readable.from(body, { objectMode: false });
}

/** Errors of a connection that a second attempt may not meet. */
const PASSING = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_SOCKET',
]);
/** Also passing once the host has answered in this run: it is being restarted then. */
const PASSING_LATER = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  // A failure of whoever dials.
  'not-connected',
]);

/** Whatever an exchange threw as a {@link Transient} or a failure; failures and cancellations stay what they are. */
export function explain(error: unknown, registry: string, subject: string, answeredBefore: boolean): unknown {
  if (error instanceof Failure || error instanceof Transient) return error;
  const cause = rootOf(error);
  const code = codeOf(cause);
  const isUnreadable = cause instanceof errors.HTTPParserError;
  if (code === '' && !isUnreadable) return error;
  // An answer that is no HTTP may come from something that is in the way for a moment.
  if (PASSING.has(code) || isUnreadable || (answeredBefore && PASSING_LATER.has(code))) {
    return new Transient(connectionFailure(error, registry, subject));
  }
  return connectionFailure(error, registry, subject);
}
