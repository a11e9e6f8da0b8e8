import { Failure } from '../base/errors.ts';
import { ERROR_BODY_BYTES } from '../base/limits.ts';
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
 * Asks the realm of a challenge for a token: GET with the login (distribution's token specification), or POST with
 * an identity token (its OAuth2 form).
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
  const request =
    credential?.kind === 'identity-token'
      ? refresh(realm, service, [...scopes], credential.token)
      : login(realm, service, [...scopes], basic(credential));
  // The realm may be on another host: its login is for it, so it is the origin that may get it.
  return server(realm, request, async answer => {
    if (answer.status !== 200) {
      throw await refusalOf(
        answer,
        wanted.registry.host,
        `${wanted.registry.host}/${wanted.repository.path}`,
      );
    }
    return readToken(answer, wanted.registry.host);
  });
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

/** A registry behind a prefix may know the repository by another name; what it says about this request is added. */
function scopesOf(challenge: Challenge, { repository, scopes }: Wanted): string[] {
  const said = challenge.parameters.get('scope')?.split(' ') ?? [];
  return said.filter(scope => scope.includes(repository.path) && !scopes.some(own => own.startsWith(scope)));
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
  let size = 0;
  const chunks: Buffer[] = [];
  for await (const chunk of answer.body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > ERROR_BODY_BYTES) throw wrong;
  }
  let json: { token?: unknown; access_token?: unknown; expires_in?: unknown } | null;
  try {
    json = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw wrong;
  }
  const value = json?.token || json?.access_token;
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) throw wrong;
  const life = typeof json?.expires_in === 'number' ? json.expires_in : LIFE_SECONDS;
  // A tenth early: the request that carries it takes time too.
  return { value, staleAt: Date.now() + life * 900 };
}

/** An identity token is of no use here. */
export function basic(credential: Credential | undefined): string | undefined {
  if (credential?.kind !== 'password') return undefined;
  const { username, password } = credential;
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
