import type { Duplex } from 'node:stream';
import { Failure } from '../base/errors.ts';
import { normaliseHost } from './reference.ts';

/** Where a registry is reached that goes by a name which only the cluster can resolve. */
export type Endpoint =
  | {
      /** `host[:port]` */
      readonly host: string;
      readonly scheme: 'http' | 'https';
    }
  | { readonly dial: Dial };

/**
 * A new connection to a registry that is behind something else than a network.
 * Rejects with a `Failure`, of code `not-connected` when another attempt may succeed.
 */
export type Dial = () => Promise<Duplex>;

const DIALLED = 'svc:';

/**
 * Reads `HOST=URL` or `HOST=svc:PLACE`.
 * @param dialTo the way to a place; undefined when there is no such form of a place
 * @throws Failure `usage`
 */
export function parseEndpoint(
  text: string,
  dialTo: (place: string) => Dial | undefined,
): readonly [registry: string, endpoint: Endpoint] {
  const equals = text.indexOf('=');
  const registry = text.slice(0, Math.max(equals, 0));
  const endpoint = endpointAt(text.slice(equals + 1), dialTo);
  const isRegistry = URL.canParse(`https://${registry}`) && !registry.includes('/');
  if (!isRegistry || endpoint === undefined) throw refused(text);
  return [normaliseHost(registry), endpoint];
}

function endpointAt(place: string, dialTo: (place: string) => Dial | undefined): Endpoint | undefined {
  if (place.startsWith(DIALLED)) {
    const dial = dialTo(place.slice(DIALLED.length));
    return dial && { dial };
  }
  const url = URL.parse(place);
  const scheme = url?.protocol.slice(0, -1);
  const isOrigin = url !== null && url.href === `${url.origin}/`;
  return isOrigin && (scheme === 'http' || scheme === 'https') ? { host: url.host, scheme } : undefined;
}

function refused(text: string): Failure {
  return new Failure(
    'usage',
    '--registry-endpoint takes HOST=URL, with a URL of no path and no login, or HOST=svc:NAMESPACE/NAME:PORT',
    {
      // What stands before an @ may be a password.
      subject: text.replace(/\/\/[^/]*@/, '//').slice(0, 200),
      hints: [
        'for example registry.kube-system.svc:5000=http://localhost:5000',
        'or registry.kube-system.svc:5000=svc:kube-system/registry:5000',
      ],
    },
  );
}
