import { channel } from 'node:diagnostics_channel';
import type { Descriptor } from './descriptor.ts';
import { FastConnection, type Wish } from './fast-connection.ts';
import type { Network } from './network.ts';
import type { Part } from './ranges.ts';
import type { Repository } from './reference.ts';

/** What became of a request; whatever is not `filled` is to be asked for again in the ordinary way. */
export type Outcome = 'filled' | 'unusual' | 'broken';

/** Of the requests of this lane, as undici has channels for its own. */
const TRACE = channel('asa-backup:blob');

/**
 * A quick way for the bytes of blobs. Every stream API of Node makes a new buffer for each read, which costs more
 * than the network; sockets can read to where the bytes belong (`onread`). That leaves HTTP to us, so this lane does
 * one thing only: GET of a blob or a range of it, answered by 200 or 206 with a Content-Length. Redirects, logins
 * to be renewed, refusals, chunked bodies, proxies and anything odd are `unusual`, and undici's to deal with.
 */
export class FastLane {
  readonly #network: Network;
  readonly #authorization: (repository: Repository) => Promise<string | undefined>;
  readonly #idle = new Map<string, FastConnection[]>();
  /** Origins that answer in ways that this lane will never do, such as redirects. */
  readonly #unsuited = new Set<string>();

  constructor(network: Network, authorization: (repository: Repository) => Promise<string | undefined>) {
    this.#network = network;
    this.#authorization = authorization;
  }

  /** Fills `into`, which is as long as the part. Throws only when the signal is aborted, or a login fails. */
  async read(
    repository: Repository,
    { digest, size }: Descriptor,
    part: Part,
    into: Buffer,
    signal: AbortSignal | undefined,
  ): Promise<Outcome> {
    const origin = await this.#network.origin(repository.registry);
    const url = new URL(`/v2/${repository.path}/blobs/${digest}`, origin);
    if (this.#unsuited.has(origin) || !this.#network.isDirect(url)) return 'unusual';
    const authorization = await this.#authorization(repository);
    const range = part.length === size ? undefined : part;
    const request = headOf(url, authorization, range);
    if (request === undefined) return 'unusual';
    const started = performance.now();
    const outcome = await this.#ask(url, { request, part, range: range !== undefined, size, into }, signal);
    if (TRACE.hasSubscribers) {
      const { offset, length } = part;
      TRACE.publish({ url, range: `${offset}+${length}`, outcome, ms: performance.now() - started });
    }
    return outcome;
  }

  close(): void {
    for (const connections of this.#idle.values()) for (const connection of connections) connection.close();
    this.#idle.clear();
  }

  async #ask(url: URL, wish: Wish, signal: AbortSignal | undefined): Promise<Outcome> {
    const idle = this.#idle.get(url.origin) ?? [];
    this.#idle.set(url.origin, idle);
    const kept = takeOpen(idle);
    const connection = kept ?? (await this.#connect(url));
    const outcome = await connection.ask(wish, signal);
    if (connection.isOpen) idle.push(connection);
    // Servers close connections that were idle for a while: that is no failure.
    if (outcome === 'closed') return kept === undefined ? 'broken' : this.#ask(url, wish, signal);
    if (outcome !== 'unsuited') return outcome;
    this.#unsuited.add(url.origin);
    return 'unusual';
  }

  async #connect(url: URL): Promise<FastConnection> {
    const isTls = url.protocol === 'https:';
    return new FastConnection(url, isTls ? await this.#network.tls(url.host) : undefined);
  }
}

function takeOpen(idle: FastConnection[]): FastConnection | undefined {
  let connection = idle.pop();
  while (connection !== undefined && !connection.isOpen) connection = idle.pop();
  return connection;
}

/** A request's head; undefined when a value could not stand in one. */
function headOf(url: URL, authorization: string | undefined, range: Part | undefined): string | undefined {
  const lines = [
    `GET ${url.pathname} HTTP/1.1`,
    `host: ${url.host}`,
    'user-agent: kubectl-asa-backup',
    ...(authorization === undefined ? [] : [`authorization: ${authorization}`]),
    ...(range === undefined ? [] : [`range: bytes=${range.offset}-${range.offset + range.length - 1}`]),
  ];
  return lines.every(line => /^[\x20-\x7e]*$/.test(line)) ? `${lines.join('\r\n')}\r\n\r\n` : undefined;
}
