import { Failure, reasonOf } from '../base/errors.ts';
import { ERROR_BODY_BYTES } from '../base/limits.ts';
import { DOCKER_HUB } from './reference.ts';
import type { Answer } from './transport.ts';

const SHOWN = 300;

/** The failure that a registry's refusing answer means; reads a bounded part of its error document. */
export async function refusalOf(
  answer: Answer,
  registry: string,
  subject: string,
  hints: readonly string[] = [],
): Promise<Failure> {
  const { status } = answer;
  const said = await errorDocument(answer);
  const message = `${registry} answered ${status}${said === '' ? '' : `: ${said}`}`;
  const details = { subject, hints: [...hints, ...hintsFor(status, registry)] };
  if (status === 401 || status === 403) return new Failure('registry-unauthorized', message, details);
  if (status === 404) return new Failure('registry-missing', message, details);
  return new Failure('registry-error', message, details);
}

/** A registry will not have what was sent, whoever sends it and whenever. */
export class ContentRefused extends Failure {}

/** What is wrong with the content itself; and how registries say that they do not know its media type. */
const OF_CONTENT = new Set([400, 413, 415, 422]);
/** The layers of a manifest may come, be it by another run. */
const LACKING = /BLOB_UNKNOWN/;

/** The failure that the refusal of a manifest means: `ContentRefused` where it is the manifest's own. */
export async function manifestRefusalOf(answer: Answer, registry: string, subject: string): Promise<Failure> {
  const failure = await refusalOf(answer, registry, subject);
  if (!OF_CONTENT.has(answer.status) || LACKING.test(failure.message)) return failure;
  return new ContentRefused(failure.code, failure.message, { subject, hints: [...failure.hints] });
}

function hintsFor(status: number, registry: string): string[] {
  const login = `docker login ${registry === DOCKER_HUB ? '' : registry}`.trimEnd();
  switch (status) {
    case 401:
      return [`log in with ${login}`];
    case 403:
      return [`log in with ${login} as somebody who may do this`];
    case 405:
      return ['the registry does not allow this: is it read-only?'];
    case 429:
      return ['try again later, or log in: registries allow more to those they know'];
    default:
      return [];
  }
}

/** The errors of the distribution specification (spec.md#error-codes) as one line, or the beginning of the text. */
async function errorDocument({ body }: Answer): Promise<string> {
  const bytes = await readUpTo(body, ERROR_BODY_BYTES);
  const text = bytes.toString('utf8');
  return presentable(errorsIn(text) ?? (/^\s*</.test(text) ? '' : text));
}

function errorsIn(text: string): string | undefined {
  try {
    const { errors } = JSON.parse(text) as { errors: { code?: unknown; message?: unknown }[] };
    return errors
      .map(({ code, message }) => [code, message].filter(part => typeof part === 'string').join(': '))
      .join('; ');
  } catch {
    return undefined;
  }
}

/** A server's text as people may see it: one line, no control characters, no signatures of URLs, not long. */
export function presentable(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return redact(line).slice(0, SHOWN);
}

/** Takes user names, passwords and queries, which may be signatures, out of the URLs in a text. */
export function redact(text: string): string {
  // A scheme of any length would be looked for from each letter of a long word.
  return text.replace(/(\w{1,20}:\/\/)(?:[^\s/?#]*@)?([^\s?"']+)(\?[^\s"']*)?/g, (_, scheme, rest, query) => {
    return `${scheme}${rest}${query === undefined ? '' : '?…'}`;
  });
}

/** The beginning of a body; what is beyond the limit, or cannot be read any more, is left out. */
async function readUpTo(body: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= limit) break;
    }
  } catch {
    // The answer is a refusal already; its explanation is worth having but not worth another failure.
  }
  return Buffer.concat(chunks).subarray(0, limit);
}

/** Alerts of a registry that wants to know who we are, or does not take what we show, as Node names them. */
const CLIENT_UNKNOWN = /^ERR_SSL_.*ALERT_(?:.*CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)/;
/** Codes of a certificate that is not trusted, from OpenSSL's X509_V_ERR_… as Node names them. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT/;

/** An error of a connection by way of a proxy, which may be the proxy's own. */
export class ProxiedError extends Error {
  /** `host:port` */
  readonly proxy: string;

  constructor(proxy: string, cause: unknown) {
    super(reasonOf(cause), { cause });
    this.proxy = proxy;
  }
}

/** The failure of a connection that could not be made or broke. */
export function connectionFailure(error: unknown, registry: string, subject: string): Failure {
  const cause = rootOf(error);
  const code = codeOf(cause);
  const proxy = error instanceof ProxiedError ? error.proxy : undefined;
  const way = proxy === undefined ? registry : `${registry} through the proxy ${proxy}`;
  const what = WORDS[code] ?? alertOf(code) ?? presentable(reasonOf(cause));
  // What is wrong with TLS is between us and the registry.
  const isOfProxy = proxy !== undefined && !UNTRUSTED.test(code) && !code.startsWith('ERR_SSL');
  const hints = isOfProxy ? [withoutProxy(registry)] : connectionHints(code, registry);
  return new Failure('not-connected', `no connection to ${way}: ${what}`, {
    subject,
    hints: cause instanceof Failure ? [...cause.hints] : hints,
    cause: error,
  });
}

function withoutProxy(registry: string): string {
  const host = registry.replace(/:\d+$/, '');
  return `is it to be reached without the proxy that the environment names? add ${host} to NO_PROXY`;
}

/** OpenSSL's texts are of a library's insides; its codes say what happened. */
function alertOf(code: string): string | undefined {
  const [, alert] = /^ERR_SSL_(.+)/.exec(code) ?? [];
  return alert && `TLS failed: ${alert.toLowerCase().replaceAll('_', ' ')}`;
}

function connectionHints(code: string, registry: string): string[] {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return [
      `if it is reached by another name than its own, pass --registry-endpoint ${registry}=https://NAME`,
    ];
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return ["renew the registry's certificate, or set this machine's clock if that is wrong"];
  }
  if (CLIENT_UNKNOWN.test(code)) {
    return [
      `if it wants a client certificate, put it into certs.d/${registry} as client.cert and client.key`,
    ];
  }
  if (UNTRUSTED.test(code)) {
    return [
      `pass the registry's certificate authority with --registry-ca FILE, or --insecure-registry ${registry}`,
    ];
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER')
    return [`if it speaks plain HTTP, pass --plain-http ${registry}`];
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return [
      `is the name known to the cluster only? pass --registry-endpoint ${registry}=${serviceIn(registry)}`,
    ];
  }
  return [];
}

/** The Service that a name within a cluster stands for (`NAME.NAMESPACE.svc[.…]:PORT`), as the flag takes it. */
function serviceIn(registry: string): string {
  const [, name, namespace, port = '443'] =
    /^([^.]+)\.([^.]+)\.svc(?:\.[^:]*)?(?::(\d+))?$/.exec(registry) ?? [];
  return name === undefined ? 'URL' : `svc:${namespace}/${name}:${port}`;
}

const UNTRUSTED_AUTHORITY = 'its certificate is signed by an authority that is not trusted';

const WORDS: Record<string, string> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed and not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED_AUTHORITY,
  EAI_AGAIN: 'its name cannot be looked up now',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it was reset',
  EHOSTUNREACH: 'there is no way to it',
  ENOTFOUND: 'no such host',
  EPIPE: 'it was closed',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ETIMEDOUT: 'it timed out',
  UND_ERR_BODY_TIMEOUT: 'it fell silent in the middle of an answer',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'it took a request and did not answer',
};

/** The error at the root: name lookups with several addresses fail with a list. */
export function rootOf(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return rootOf(error.errors[0]);
  return error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : error;
}

/** The code of an error of the system or of undici; empty without one. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
}
