import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { reasonOf } from '../../base/errors.ts';
import { Refusal, refuse, reply } from './answer.ts';
import { serveBlob } from './blobs.ts';
import { serveReferrers, serveTags } from './listings.ts';
import { serveManifest } from './manifests.ts';
import { type Seeds, seeds } from './seed.ts';
import { Store } from './store.ts';
import { serveUpload } from './uploads.ts';

export interface SandboxRegistryOptions {
  /** The login that is asked for; without it anybody may read and write. */
  readonly login?: { readonly username: string; readonly password: string };
  /** PEM texts; with them the registry speaks TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /**
   * How it tells what is attached to a manifest: by the referrers API in pages of so many entries, 100 by default; or,
   * with 0, not at all and without looking at subjects, as registries did before OCI 1.1.
   */
  readonly referrersPage?: number;
  /** Larger blobs are checked and then forgotten, but for their digest and size; otherwise all are held. */
  readonly heldBytes?: number;
  /**
   * Sees every request first and may answer it itself (then true), or change what the response will do.
   * Faults for tests are made of it.
   */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;
}

/** A registry inside this process: the OCI distribution API over HTTP on loopback, held in memory. */
export interface SandboxRegistry extends Seeds {
  /** `127.0.0.1:PORT`, the first part of an image's reference. */
  readonly host: string;
  /** Every request so far, as `GET /v2/…`. */
  readonly requests: readonly string[];
  /** Uploads that nobody finished or cancelled. */
  readonly openUploads: number;
  stop(): Promise<void>;
}

/** One request, taken apart: `/v2/PATH/KIND/REST?QUERY`. */
export interface Route {
  readonly store: Store;
  readonly path: string;
  readonly rest: string;
  readonly query: URLSearchParams;
  /** {@link SandboxRegistryOptions.referrersPage} */
  readonly referrersPage: number;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** The longest form first: `blobs/uploads/` is a `blobs/` as well. */
const ROUTES: readonly [RegExp, (route: Route) => void | Promise<void>][] = [
  [/^\/v2\/(.+)\/blobs\/uploads\/([^/]*)$/, serveUpload],
  [/^\/v2\/(.+)\/blobs\/([^/]+)$/, serveBlob],
  [/^\/v2\/(.+)\/manifests\/([^/]+)$/, serveManifest],
  [/^\/v2\/(.+)\/referrers\/([^/]+)$/, serveReferrers],
  [/^\/v2\/(.+)\/tags\/([^/]+)$/, serveTags],
];

const REFERRERS_PAGE = 100;

export async function startSandboxRegistry(options: SandboxRegistryOptions = {}): Promise<SandboxRegistry> {
  const store = new Store(options.heldBytes);
  const requests: string[] = [];
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    requests.push(`${request.method} ${request.url}`);
    try {
      if (await options.intercept?.(request, response)) return;
      authorise(request, options.login);
      await route(store, request, response, options.referrersPage ?? REFERRERS_PAGE);
    } catch (error) {
      answerError(response, error);
    }
  };
  const server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    requests,
    get openUploads() {
      return store.openUploads;
    },
    ...seeds(store, host),
    stop: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function route(
  store: Store,
  request: IncomingMessage,
  response: ServerResponse,
  referrersPage: number,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://registry');
  if (url.pathname === '/v2/' || url.pathname === '/v2') return reply(response, 200, {}, '{}');
  for (const [pattern, serve] of ROUTES) {
    const [, path, rest] = pattern.exec(decodeURIComponent(url.pathname)) ?? [];
    if (path === undefined || rest === undefined) continue;
    return serve({ store, path, rest, query: url.searchParams, referrersPage, request, response });
  }
  reply(response, 404);
}

function authorise(request: IncomingMessage, login: SandboxRegistryOptions['login']): void {
  if (login === undefined) return;
  const expected = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  if (request.headers.authorization === `Basic ${expected}`) return;
  throw new Refusal('UNAUTHORIZED', 'authentication required', {
    'www-authenticate': 'Basic realm="sandbox"',
  });
}

/** A client that went away in the middle of its body needs no answer. */
function answerError(response: ServerResponse, error: unknown): void {
  if (response.destroyed || response.headersSent) {
    response.destroy();
  } else if (error instanceof Refusal) {
    refuse(response, error);
  } else {
    reply(response, 500, {}, reasonOf(error));
  }
}
