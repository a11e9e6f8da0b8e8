import { Failure } from '../base/errors.ts';
import { ERROR_BODY_BYTES } from '../base/limits.ts';
import { readWhole } from './body.ts';
import type { Challenge } from './challenge.ts';
import type { Credential } from './credentials.ts';
import type { Repository } from './reference.ts';
import { refusalOf } from './refusal.ts';
import { type Answer, follow, type HttpRequest } from './transport.ts';

/** What a request wants to do, and where. */
export interface Wanted {
  readonly registry: URL;
  readonly repository: Repository;
  /** Scopes as token servers know them: `repository:a/b:pull,push`. */
  readonly scopes: readonly string[];
}

/** A bearer token for some scopes. */
export interface Token {
  readonly value: string;
  /** Milliseconds since the epoch from which on another one is asked for. */
  readonly staleAt: number;
}

/** How requests reach a token server, retries included. */
export type TokenServer = <T>(
  registry: URL,
  request: HttpRequest,
  receive: (answer: Answer) => Promise<T>,
) => Promise<T>;

/** A token's life when the server does not say (distribution, token specification). */
const LIFE_SECONDS = 60;

/**
 * How token servers without the OAuth2 form answer it: most with 404 or 405, Artifactory with 401, ACR in some cases
 * with 400, Katello with 415.
 */
const NO_OAUTH = new Set([400, 401, 404, 405, 415]);

/**
 * Asks the realm of a challenge for a token: GET with the login (distribution's token specification), or POST with
 * an identity token (its OAuth2 form), and where there is no such form GET with the identity token as password.
 * @throws Failure `registry-unauthorized` when the realm refuses us
 */
export async function fetchToken(
  server: TokenServer,
  wanted: Wanted,
  challenge: Challenge,
  credential: Credential | undefined,
): Promise<Token> {
  const realm = await realmOf(challenge, wanted.registry);
  const scopes = new Set([...wanted.scopes, ...scopesOf(challenge, wanted)]);
  const service = challenge.parameters.get('service');
  const { host } = wanted.registry;
  const receive = async (answer: Answer): Promise<Token> => {
    if (answer.status === 200) return readToken(answer, host);
    throw await refusalOf(answer, host, `${host}/${wanted.repository.path}`);
  };
  // The realm may be on another host: its login is for it, so it is the origin that may get it.
  if (credential?.kind === 'identity-token') {
    const request = refresh(realm, service, [...scopes], credential.token);
    const token = await server(realm, { ...request, sender: wanted.registry }, async answer =>
      NO_OAUTH.has(answer.status) ? undefined : receive(answer),
    );
    if (token !== undefined) return token;
  }
  const request = login(realm, service, [...scopes], passwordOf(credential));
  return server(realm, { ...request, sender: wanted.registry }, receive);
}

/** @throws Failure `registry-error` for a realm that would take the login out of TLS, or to this machine */
async function realmOf(challenge: Challenge, registry: URL): Promise<URL> {
  const realm = await follow(challenge.parameters.get('realm') ?? '', registry, registry, 'token realm');
  if (registry.protocol === 'https:' && realm.protocol !== 'https:') {
    throw new Failure('registry-error', `the token realm ${realm.host} does not use TLS`, {
      subject: registry.host,
    });
  }
  return realm;
}

/**
 * A registry may know the repository with a prefix, or without one that a gateway takes off, or all of its repositories
 * by one word; what it says about this request is added.
 */
function scopesOf(challenge: Challenge, { repository, scopes }: Wanted): string[] {
  const said = challenge.parameters.get('scope')?.split(' ') ?? [];
  const isOurs = (scope: string) => {
    const [kind = '', name] = scope.split(':');
    if (name === undefined) return /^\w+$/.test(kind);
    return scope.includes(repository.path) || (kind === 'repository' && repository.path.endsWith(`/${name}`));
  };
  return said.filter(scope => isOurs(scope) && !scopes.some(own => covers(own, scope)));
}

function login(
  realm: URL,
  service: string | undefined,
  scopes: string[],
  authorization: string | undefined,
): HttpRequest {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  return { method: 'GET', url, authorization, follow: true };
}

/** Whether a scope grants all of another one: registries name actions in whatever order. */
function covers(own: string, scope: string): boolean {
  const [[ownName, ownActions], [name, actions]] = [cut(own), cut(scope)];
  return ownName === name && actions.every(action => ownActions.includes(action));
}

/** `repository:a/b:pull,push` as what it is about, and the actions. */
function cut(scope: string): [name: string, actions: string[]] {
  const at = scope.lastIndexOf(':');
  return [scope.slice(0, at), scope.slice(at + 1).split(',')];
}

function refresh(realm: URL, service: string | undefined, scopes: string[], token: string): HttpRequest {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    service: service ?? '',
    client_id: 'kubectl-asa-backup',
    scope: scopes.join(' '),
    refresh_token: token,
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', url: realm, headers, body: Buffer.from(form.toString()) };
}

async function readToken(answer: Answer, host: string): Promise<Token> {
  const wrong = new Failure('registry-error', 'the token server answered with something else than a token', {
    subject: host,
  });
  const bytes = await readWhole(answer, ERROR_BODY_BYTES, host);
  let json: { token?: unknown; access_token?: unknown; expires_in?: unknown } | null;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw wrong;
  }
  const value = json?.token || json?.access_token;
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) throw wrong;
  const said = Number(json?.expires_in);
  const life = said > 0 ? said : LIFE_SECONDS;
  // A tenth early: the request that carries it takes time too.
  return { value, staleAt: Date.now() + life * 900 };
}

/** An identity token is of no use here. */
export function basic(credential: Credential | undefined): string | undefined {
  return credential?.kind === 'password' ? passwordOf(credential) : undefined;
}

/** An identity token stands for the password of whoever it was given to, if that is known (as containerd sends it). */
function passwordOf(credential: Credential | undefined): string | undefined {
  if (credential === undefined || credential.kind === 'registry-token') return undefined;
  const password = credential.kind === 'password' ? credential.password : credential.token;
  return `Basic ${Buffer.from(`${credential.username ?? ''}:${password}`).toString('base64')}`;
}
