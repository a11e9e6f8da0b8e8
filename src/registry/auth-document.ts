import { Failure } from '../base/errors.ts';
import type { Credential } from './credentials.ts';
import { normaliseHost, type Repository } from './reference.ts';

/** A `config.json` of docker, an `auth.json` of podman or a `.dockerconfigjson`: all have this form. */
export interface AuthDocument {
  readonly logins: readonly Login[];
  /** Credential helpers by host, as the `X` of `docker-credential-X`; empty where the login stands in the document. */
  readonly helpers: ReadonlyMap<string, string>;
  /** The helper for every other host. */
  readonly store: string | undefined;
}

/** A key of `auths`: a host, perhaps with globs in its labels, perhaps with the beginning of a repository's path. */
interface Login {
  readonly host: RegExp;
  readonly path: string;
  readonly credential: Credential;
}

/** @throws Failure `usage` when the document has another form; its content is never part of the message. */
export function parseAuthDocument(json: unknown, subject: string): AuthDocument {
  const document = objectAt(json, '', subject);
  const auths = objectAt(document.auths ?? {}, 'auths', subject);
  const helpers = objectAt(document.credHelpers ?? {}, 'credHelpers', subject);
  const store = document.credsStore;
  return {
    logins: Object.entries(auths).flatMap(([key, value]) => loginOf(key, value, subject)),
    helpers: new Map(
      Object.entries(helpers).map(([host, name]) => [
        hostOf(host),
        textAt(name, `credHelpers.${host}`, subject),
      ]),
    ),
    store: store === undefined || store === '' ? undefined : textAt(store, 'credsStore', subject),
  };
}

/** The login whose key says most about the repository: the longest path wins. */
export function findLogin({ logins }: AuthDocument, { registry, path }: Repository): Credential | undefined {
  let best: Login | undefined;
  for (const login of logins) {
    const matches = login.host.test(registry) && `${path}/`.startsWith(login.path);
    if (matches && (best === undefined || login.path.length > best.path.length)) best = login;
  }
  return best?.credential;
}

/** No login for an empty entry: docker leaves `{}` where a helper has the password. */
function loginOf(key: string, value: unknown, subject: string): Login[] {
  const credential = credentialOf(objectAt(value, `auths.${key}`, subject), key, subject);
  if (credential === undefined) return [];
  const [host = '', ...path] = trimKey(key).split('/');
  return [{ host: hostPattern(host), path: path.map(part => `${part}/`).join(''), credential }];
}

function credentialOf(entry: Record<string, unknown>, key: string, subject: string): Credential | undefined {
  const text = (field: string) => {
    const value = entry[field];
    return value === undefined ? '' : textAt(value, `auths.${key}.${field}`, subject);
  };
  const [username, password] =
    text('username') === '' ? decoded(text('auth')) : [text('username'), text('password')];
  const token = text('identitytoken');
  if (token !== '') return { kind: 'identity-token', token, ...(username !== '' && { username }) };
  if (text('registrytoken') !== '') return { kind: 'registry-token', token: text('registrytoken') };
  if (username !== '') return { kind: 'password', username, password };
  if (text('auth') === '') return undefined;
  throw broken(`auths.${key}.auth is not the base64 of user:password`, subject);
}

function decoded(auth: string): [username: string, password: string] {
  const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = text.indexOf(':');
  return colon < 1 ? ['', ''] : [text.slice(0, colon), text.slice(colon + 1)];
}

/** Keys come as hosts, as URLs and, for Docker Hub, with the path of an API that is long gone. */
function trimKey(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/(\/v[12])?\/*$/, '');
}

function hostOf(key: string): string {
  return normaliseHost(trimKey(key));
}

function hostPattern(host: string): RegExp {
  const labels = normaliseHost(host)
    .replace(/[\\^$.+?()[\]{}|]/g, '\\$&')
    .replaceAll('*', '[^.:]*');
  return new RegExp(`^${labels}$`);
}

function objectAt(value: unknown, path: string, subject: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw broken(`${path === '' ? 'the document' : path} is no object`, subject);
}

function textAt(value: unknown, path: string, subject: string): string {
  if (typeof value === 'string') return value;
  throw broken(`${path} is no text`, subject);
}

function broken(what: string, subject: string): Failure {
  return new Failure('usage', `these are no registry logins: ${what}`, { subject });
}
