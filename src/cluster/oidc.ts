import { Agent, request } from 'node:https';
import { type CustomFetch, customFetch, discovery, refreshTokenGrant } from 'openid-client';
import { ISSUER_ANSWER_BYTES } from '../base/limits.ts';

/** What of the auth-provider `oidc` stands in a kubeconfig (client-go, plugin/pkg/client/auth/oidc). */
export type OidcConfig = Readonly<Record<string, string | undefined>>;

interface Tokens {
  readonly id: string | undefined;
  readonly refresh: string | undefined;
}

/** Issuers may take each refresh token once, so the one that came last counts. */
const latest = new WeakMap<OidcConfig, Tokens>();
/** A token that ends so soon would not outlast a request. */
const SKEW_MS = 10_000;

/**
 * The `Authorization` value of a kubeconfig's `oidc`, renewed at its issuer when it has expired; the kubeconfig stays as
 * it is. client-node 2.0.1 cannot renew it: it hands the issuer on in a form that is refused, has answers of an issuer
 * with an authority of its own that are none, and leaves the client's secret out.
 *
 * @param authority PEM certificates by which the issuer is known, if not by those of the system
 * @throws Error when something for it is missing, the issuer cannot be reached, or it refuses
 */
export async function oidcAuthorization(config: OidcConfig, authority: string | undefined): Promise<string> {
  let tokens = latest.get(config) ?? { id: config['id-token'], refresh: config['refresh-token'] };
  if (tokens.id === undefined || expiryOf(tokens.id) < Date.now() + SKEW_MS) {
    tokens = await refreshed(config, tokens.refresh, authority);
    latest.set(config, tokens);
  }
  return `Bearer ${tokens.id}`;
}

async function refreshed(
  { 'idp-issuer-url': issuer, 'client-id': client, 'client-secret': secret }: OidcConfig,
  refresh: string | undefined,
  authority: string | undefined,
): Promise<Tokens> {
  if (!issuer || !client || !refresh) {
    throw new Error('its token has expired, and what it could be renewed with is not in the kubeconfig');
  }
  const options = { [customFetch]: fetchFrom(new Agent({ ca: authority, proxyEnv: process.env })) };
  const server = await discovery(new URL(issuer), client, secret || undefined, undefined, options);
  const answer = await refreshTokenGrant(server, refresh);
  if (answer.id_token === undefined) throw new Error('the issuer gave no ID token');
  return { id: answer.id_token, refresh: answer.refresh_token ?? refresh };
}

/** Of a JSON Web Token (RFC 7519 §4.1.4), in milliseconds since 1970; 0 for what is none. */
function expiryOf(token: string): number {
  try {
    const [, payload = ''] = token.split('.');
    const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1000 : 0;
  } catch {
    return 0;
  }
}

/** The global `fetch` takes no authority. */
function fetchFrom(agent: Agent): CustomFetch {
  return (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const asked = request(url, { agent, method, headers, signal }, async response => {
        try {
          const { statusCode: status = 502, headers: fields } = response;
          const init = { status, headers: { 'content-type': fields['content-type'] ?? '' } };
          resolve(new Response(await textOf(response), init));
        } catch (error) {
          reject(error);
        }
      });
      asked.on('error', reject);
      asked.end(body === undefined || body === null ? undefined : String(body));
    });
}

async function textOf(response: AsyncIterable<Buffer>): Promise<string> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of response) {
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.length > ISSUER_ANSWER_BYTES) throw new Error('the issuer answers without end');
  }
  return bytes.toString();
}
