import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Credential, CredentialSource } from '../../src/registry/credentials.ts';
import type { SandboxRegistry } from '../../src/sandbox/registry/server.ts';
import { afterwards, registry } from './setting.ts';

/** Whom the registries of these tests know. */
export const JOE = {
  kind: 'password',
  username: 'joe',
  password: 'pass:word',
} as const satisfies Credential;

/** The login of every registry. */
export function as(credential: Credential | undefined): CredentialSource {
  return { for: async () => credential };
}

interface TokenRequest {
  readonly method: string;
  readonly scopes: string[];
  readonly service: string | null;
  readonly authorization: string | undefined;
  readonly form: URLSearchParams;
  readonly query: URLSearchParams;
}

/** A token server that knows joe, and a registry that wants its tokens. */
export async function secured(
  options: {
    life?: number;
    uses?: number;
    realm?: string;
    answer?: object;
    field?: string;
    /** How often the token server is out of order first. */
    outages?: number;
    /** A token that is known, and may nothing. */
    forbidden?: string;
    /** What the registry answers to a request with a token of these scopes, when it is not as usual. */
    judge?: (request: IncomingMessage, scopes: string) => number | undefined;
    /** How it answers a POST, when it does not know OAuth2. */
    noOAuth?: number;
    /** Added to a challenge. */
    challenge?: (request: IncomingMessage) => string;
  } = {},
): Promise<{ server: SandboxRegistry; requests: TokenRequest[] }> {
  const requests: TokenRequest[] = [];
  const uses = new Map<string, number>();
  const tokens = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://tokens');
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    const scopes = [...url.searchParams.getAll('scope'), ...(form.get('scope')?.split(' ') ?? [])];
    requests.push({
      method: request.method ?? '',
      scopes,
      service: url.searchParams.get('service') ?? form.get('service'),
      authorization: request.headers.authorization,
      form,
      query: url.searchParams,
    });
    if (requests.length <= (options.outages ?? 0)) return void response.writeHead(503).end();
    if (options.noOAuth !== undefined && request.method === 'POST')
      return void response.writeHead(options.noOAuth).end('<html>no such thing</html>');
    const known = ['joe:pass:word', '00000000:refresh', ':refresh'].map(
      login => `Basic ${Buffer.from(login).toString('base64')}`,
    );
    const isKnown = known.includes(request.headers.authorization ?? '');
    if (!isKnown && form.get('refresh_token') !== 'refresh') {
      response.writeHead(401).end('{"details":"incorrect username or password"}');
      return;
    }
    const token = `token-${requests.length}`;
    uses.set(token, options.uses ?? Number.POSITIVE_INFINITY);
    const answer = { [options.field ?? 'token']: token, ...(options.life && { expires_in: options.life }) };
    response.end(JSON.stringify(options.answer ?? answer));
  });
  await new Promise<void>(resolve => tokens.listen(0, '127.0.0.1', resolve));
  afterwards(async () => void tokens.close());
  const own = `http://127.0.0.1:${(tokens.address() as AddressInfo).port}/token`;
  const realm = options.realm?.startsWith('?') ? `${own}${options.realm}` : (options.realm ?? own);
  const intercept = (request: IncomingMessage, response: ServerResponse) => {
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    const left = uses.get(token) ?? 0;
    uses.set(token, left - 1);
    const scopes = requests[Number(token.replace('token-', '')) - 1]?.scopes.join(' ') ?? '';
    const judged = token === options.forbidden ? 403 : options.judge?.(request, scopes);
    if (left > 0 && judged === undefined) return false;
    if (judged === 403) {
      response.writeHead(403).end();
      return true;
    }
    request.resume();
    const more = options.challenge?.(request) ?? '';
    response
      .writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="reg,istry"${more}` })
      .end();
    return true;
  };
  return { server: await registry({ intercept }), requests };
}
