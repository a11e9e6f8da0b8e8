import { Failure } from '../base/errors.ts';
import { normaliseHost } from './reference.ts';

/** Where a registry is reached that goes by a name which only the cluster can resolve. */
export interface Endpoint {
  /** `host[:port]` */
  readonly host: string;
  readonly scheme: 'http' | 'https';
}

/**
 * Reads `HOST=URL`.
 * @throws Failure `usage`
 */
export function parseEndpoint(text: string): readonly [registry: string, endpoint: Endpoint] {
  const equals = text.indexOf('=');
  const registry = text.slice(0, Math.max(equals, 0));
  const url = URL.parse(text.slice(equals + 1));
  const scheme = url?.protocol.slice(0, -1);
  const isRegistry = URL.canParse(`https://${registry}`) && !registry.includes('/');
  const isOrigin = url !== null && url.href === `${url.origin}/`;
  if (!isRegistry || !isOrigin || (scheme !== 'http' && scheme !== 'https')) throw refused(text);
  return [normaliseHost(registry), { host: url.host, scheme }];
}

function refused(text: string): Failure {
  return new Failure('usage', '--registry-endpoint takes HOST=URL, and the URL no path and no login', {
    // What stands before an @ may be a password.
    subject: text.replace(/\/\/[^/]*@/, '//').slice(0, 200),
    hints: ['for example registry.kube-system.svc:5000=http://localhost:5000'],
  });
}
