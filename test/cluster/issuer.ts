import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { selfSigned } from '../registry/certificate.ts';

/** A token of OpenID Connect with a signature that nobody checks, good for so many seconds. */
export function idToken(seconds: number, more: object = {}): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  return `${part({ alg: 'RS256' })}.${part({ iat: now, exp: now + seconds, ...more })}.x`;
}

/** An OpenID issuer that takes each refresh token of a client once, gives a new one, and keeps what it was sent. */
export async function startIssuer(client: string) {
  const { cert, key } = selfSigned();
  const asked: Record<string, string>[] = [];
  let valid = 'refresh-0';
  let issuer = '';
  let token = '';
  const server = createServer({ cert, key }, async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    response.setHeader('content-type', 'application/json');
    if (request.url === '/.well-known/openid-configuration') {
      response.end(JSON.stringify({ issuer, token_endpoint: `${issuer}/token` }));
      return;
    }
    const form = Object.fromEntries(new URLSearchParams(body));
    asked.push(form);
    if (form.refresh_token !== valid) {
      response.writeHead(400).end(JSON.stringify({ error: 'invalid_grant' }));
      return;
    }
    valid = `refresh-${asked.length}`;
    response.end(
      JSON.stringify({
        access_token: 'a',
        token_type: 'bearer',
        expires_in: 3600,
        id_token: token,
        refresh_token: valid,
      }),
    );
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  token = idToken(3_600, { iss: issuer, aud: client, sub: 'jane' });
  return { url: issuer, cert, token, asked };
}
