import { Failure, reasonOf } from '../base/errors.ts';
import { ApiFailure } from './cluster.ts';
import { codeOf, isTlsError, tlsFailure } from './tls-failures.ts';

/** An answer of the API server that is not a 2xx. */
export interface Refusal {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** What the request was, for messages. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly server: string;
  /** Where the credentials came from. */
  readonly origin: string;
}

/** The `Failure` that stands for an answer of the server other than 2xx, once repeating it has not helped. */
export function refusalFailure(refusal: Refusal, asked: Asked): Failure {
  const { status } = refusal;
  const said = statusOf(refusal);
  const subject = `${asked.method} ${asked.path}`;
  if (status === 401) return unauthorized(asked);
  if (said === undefined && (isHtml(refusal) || (status >= 300 && status < 400)))
    return notKubernetes(refusal, asked);
  const message = said?.message || `the server answered ${statusLine(status)}`;
  if (status === 403 && !isAdmission(said, asked.method)) return forbidden(message, subject);
  return new ApiFailure(status, said?.reason || '', message, { subject });
}

/** `503 Service Unavailable`. */
export function statusLine(status: number): string {
  // To import it as a module would load fetch and WebSocket with it, at each start of the program.
  const { STATUS_CODES } = process.getBuiltinModule('node:http');
  return `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
}

/** The `Failure` of a connection that could not be made or broke, once repeating has not helped. */
export function connectionFailure(error: unknown, asked: Asked): Failure {
  if (error instanceof Failure) return error;
  if (isTlsError(error)) return tlsFailure(error, asked.server);
  if (isTimeout(error)) {
    return new Failure('timeout', 'the API server did not answer in time', {
      subject: `${asked.method} ${asked.server}${asked.path}`,
      hints: ['allow it more with --request-timeout'],
      cause: error,
    });
  }
  return new Failure('not-connected', `the API server cannot be reached: ${reasonOf(error)}`, {
    subject: asked.server,
    hints: [
      'is the server running, and may this machine reach it?',
      'is it the right one? kubectl config current-context, or --context NAME',
    ],
    cause: error,
  });
}

/** `--request-timeout`, or undici's own bounds on silence. */
function isTimeout(error: unknown): boolean {
  const silent = ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'].includes(codeOf(error));
  return silent || (error instanceof Error && error.name === 'TimeoutError');
}

/** `message` and `reason` of a Kubernetes Status, if the text is one. */
export function statusOf(refusal: Refusal): { message: string; reason: string } | undefined {
  if (!refusal.contentType.includes('json')) return undefined;
  try {
    const body: unknown = JSON.parse(refusal.text);
    if (typeof body !== 'object' || body === null) return undefined;
    const { message, reason } = body as Record<string, unknown>;
    return {
      message: typeof message === 'string' ? message : '',
      reason: typeof reason === 'string' ? reason : '',
    };
  } catch {
    return undefined;
  }
}

/**
 * 403 is also what admission says: webhooks, quotas, a namespace that is going away. Those concern one object;
 * only what the authorizer refuses ("User "x" cannot create resource …") concerns the person who asks.
 */
function isAdmission(said: { message: string } | undefined, method: string): boolean {
  if (said === undefined || method === 'GET') return false;
  return !/ cannot [a-z]+ (resource|path) /.test(said.message);
}

function unauthorized(asked: Asked): Failure {
  return new Failure('unauthorized', `the API server does not accept ${asked.origin}`, {
    subject: asked.server,
    hints: ['log in again; kubectl auth whoami tells whether kubectl is let in'],
  });
}

function forbidden(message: string, subject: string): Failure {
  return new Failure('forbidden', message, {
    subject,
    hints: ['ask for the right to it, or name another user with --as or --context'],
  });
}

function isHtml(refusal: Refusal): boolean {
  return refusal.contentType.includes('html') || /^\s*<(!doctype|html)/i.test(refusal.text);
}

/** Something else answered: a login page, a load balancer, a captive portal. */
export function notKubernetes(refusal: Refusal, asked: Asked): Failure {
  const title = /<title>([^<]{1,80})<\/title>/i.exec(refusal.text)?.[1]?.trim();
  const what = isHtml(refusal)
    ? `an HTML page${title ? ` titled ${JSON.stringify(title)}` : ''}`
    : 'no Kubernetes answer';
  return new Failure('not-connected', `the server answered ${statusLine(refusal.status)} with ${what}`, {
    subject: asked.server,
    hints: [
      'something stands between: check the server in the kubeconfig, proxy-url, HTTPS_PROXY and NO_PROXY',
    ],
  });
}
