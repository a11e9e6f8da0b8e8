import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a token server is to behave. */
export interface TokenServerOptions {
  readonly login: { readonly user: string; readonly password: string };
  /** How long the registry takes a token: up to a second less, since tokens count in whole seconds. */
  readonly lifeMs: number;
  /** `expires_in`, which may be other than the truth. Seconds. */
  readonly says: number;
}

/** A server of distribution's token specification (docs/spec/auth/token.md, jwt.md) with a key of its own. */
export interface TokenServer {
  readonly realm: string;
  readonly issuer: string;
  readonly service: string;
  /** The key set by which a registry checks its tokens (RFC 7517). */
  readonly jwks: object;
  /** The scopes of each token that it has given out, in their order. */
  readonly issued: readonly string[];
  /** From this moment on the registry takes none of the tokens given out so far. */
  expired(): Promise<void>;
  stop(): Promise<void>;
}

/** What the distribution registry adds to a token's end, for clocks that differ. */
const LEEWAY_MS = 60_000;

export async function startTokenServer({ login, lifeMs, says }: TokenServerOptions): Promise<TokenServer> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = 'testbed';
  const about = { issuer: 'testbed-tokens', service: 'testbed-registry' };
  const issued: string[] = [];
  let lastEnd = 0;

  function tokenFor(scopes: readonly string[]): string {
    const end = Math.floor((Date.now() + lifeMs) / 1000) * 1000;
    lastEnd = Math.max(lastEnd, end);
    const claims = {
      ...{ iss: about.issuer, aud: about.service, sub: login.user, jti: String(issued.length) },
      exp: (end - LEEWAY_MS) / 1000,
      nbf: Math.floor(Date.now() / 1000),
      iat: Math.floor(Date.now() / 1000),
      access: scopes.map(accessOf),
    };
    const signed = [{ typ: 'JWT', alg: 'ES256', kid }, claims].map(encode).join('.');
    const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    issued.push(scopes.join(' '));
    return `${signed}.${signature.toString('base64url')}`;
  }

  const server = createServer((request, response) => {
    if (!isLogin(request, login)) return response.writeHead(401).end('{"details":"who are you?"}');
    const scopes = new URL(request.url ?? '', 'http://tokens').searchParams.getAll('scope');
    return response.end(JSON.stringify({ token: tokenFor(scopes), expires_in: says }));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    ...about,
    realm: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' }] },
    issued,
    expired: () => new Promise(resolve => setTimeout(resolve, Math.max(0, lastEnd - Date.now()) + 50)),
    async stop() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

function isLogin({ headers }: IncomingMessage, { user, password }: TokenServerOptions['login']): boolean {
  return headers.authorization === `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** `repository:a/b:pull,push` as a token has it. */
function accessOf(scope: string): object {
  const [, type, name, actions = ''] = /^([^:]+):(.+):([^:]+)$/.exec(scope) ?? [];
  return { type, name, actions: actions.split(',') };
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
