import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { oneLine } from './format.ts';
import { redact } from './redact.ts';

/** Levels of `-v`, as kubectl has them. */
export const TRACE = { requests: 6, headers: 7 } as const;

/** Headers that help and hold no credential. */
const HEADERS = new Set([
  'accept',
  'content-length',
  'content-range',
  'content-type',
  'docker-content-digest',
  'range',
  'retry-after',
  'www-authenticate',
]);

/** Parameters whose values are shown. Those of other ones may sign a URL. */
const PARAMETERS = new Set([
  'continue',
  'digest',
  'dryRun',
  'fieldSelector',
  'from',
  'labelSelector',
  'limit',
  'mount',
  'n',
  'scope',
  'service',
]);

/** What undici says of a request on its diagnostics channels (docs/api/DiagnosticsChannel.md). */
interface Exchange {
  readonly request: { readonly method: string; readonly origin: string | URL; readonly path: string };
  readonly response?: {
    readonly statusCode: number;
    readonly headers: readonly (Buffer | string | readonly Buffer[])[];
  };
  readonly error?: Error;
}

/** What the fast lane for blobs says on its own. */
interface BlobExchange {
  readonly url: URL;
  readonly range: string;
  readonly outcome: string;
  readonly ms: number;
}

/**
 * Tells of every request to a cluster or registry in one line, from the channels on which the HTTP client itself
 * speaks. Without credentials: of headers and parameters only known ones are shown.
 * @param write takes a line
 * @returns ends it
 */
export function traceRequests(level: number, write: (line: string) => void): () => void {
  if (level < TRACE.requests) return () => undefined;
  const started = new WeakMap<object, number>();
  const say = (line: string) => write(redact(oneLine(line)));
  const ended = ({ request, response, error }: Exchange) => {
    const ms = Math.round(performance.now() - (started.get(request) ?? performance.now()));
    const outcome = response === undefined ? `failed: ${error?.message}` : String(response.statusCode);
    say(`${request.method} ${shown(new URL(request.path, request.origin))} ${outcome} in ${ms} ms`);
    if (level >= TRACE.headers && response !== undefined)
      for (const line of headerLines(response.headers)) write(`  ${redact(oneLine(line))}`);
  };
  const listeners: Readonly<Record<string, (message: never) => void>> = {
    'undici:request:create': ({ request }: Exchange) => started.set(request, performance.now()),
    'undici:request:headers': ended,
    'undici:request:error': ended,
    'asa-backup:blob': ({ url, range, outcome, ms }: BlobExchange) =>
      say(`GET ${shown(url)} ${range} ${outcome} in ${Math.round(ms)} ms`),
  };
  const channels = Object.entries(listeners) as [string, (message: unknown) => void][];
  for (const [name, listener] of channels) subscribe(name, listener);
  return () => {
    for (const [name, listener] of channels) unsubscribe(name, listener);
  };
}

function shown({ origin, pathname, searchParams }: URL): string {
  const query = [...searchParams].map(([name, value]) => `${name}=${PARAMETERS.has(name) ? value : '…'}`);
  return `${origin}${pathname}${query.length > 0 ? `?${query.join('&')}` : ''}`;
}

function headerLines(headers: NonNullable<Exchange['response']>['headers']): string[] {
  const lines: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = String(headers[at]).toLowerCase();
    if (HEADERS.has(name)) lines.push(`${name}: ${headers[at + 1]}`);
  }
  return lines;
}
