import { channel } from 'node:diagnostics_channel';
import type { Descriptor } from './descriptor.ts';
import { FastConnection } from './fast-connection.ts';
import { Stretch } from './fast-stretch.ts';
import type { Network } from './network.ts';
import type { Part, WantedPart } from './ranges.ts';
import { type Repository, showReference } from './reference.ts';

/** What became of a part; whatever is not `filled` is to be asked for again in the ordinary way. */
export type Outcome = 'filled' | 'unusual' | 'broken';

/** Of the requests of this lane, as undici has channels for its own. */
const TRACE = channel('asa-backup:blob');

/**
 * A quick way for the bytes of blobs. Every stream API of Node makes a new buffer for each read, which costs more
 * than the network; sockets can read to where the bytes belong (`onread`). That leaves HTTP to us, so this lane does
 * one thing only: GET of a blob or a range of it, answered by 200 or 206 with a Content-Length. Redirects, logins
 * to be renewed, refusals, chunked bodies, proxies and anything odd are `unusual`, and undici's to deal with. Parts that
 * follow one another may be of one request.
 */
export class FastLane {
  readonly #network: Network;
  readonly #authorization: (repository: Repository) => Promise<string | undefined>;
  readonly #idle = new Map<string, FastConnection[]>();
  /** By blob and end, the answers that further parts are taken from. */
  readonly #stretches = new Map<string, Stretch>();
  /** Origins that answer in ways that this lane will never do, such as redirects. */
  readonly #unsuited = new Set<string>();

  constructor(network: Network, authorization: (repository: Repository) => Promise<string | undefined>) {
    this.#network = network;
    this.#authorization = authorization;
  }

  /**
   * Brings a part: from the answer to a part before it, where that goes so far, and else by a request. Throws only when
   * the signal is aborted, or a login fails.
   */
  async read(repository: Repository, descriptor: Descriptor, wanted: WantedPart): Promise<Outcome> {
    const stretch = this.#stretchOf(repository, descriptor, wanted, wanted.signal);
    const outcome = await stretch.bring(wanted);
    wanted.signal?.throwIfAborted();
    return outcome === 'left' ? this.read(repository, descriptor, wanted) : outcome;
  }

  close(): void {
    for (const stretch of this.#stretches.values()) stretch.leave();
    for (const connections of this.#idle.values()) for (const connection of connections) connection.close();
    this.#idle.clear();
  }

  /** The stretch that the part is the next one of. */
  #stretchOf(repository: Repository, descriptor: Descriptor, part: Part, signal?: AbortSignal): Stretch {
    const name = `${showReference({ ...repository, digest: descriptor.digest })}-${part.end}`;
    const open = this.#stretches.get(name);
    if (open?.goesOnWith(part)) return open;
    const stretch = new Stretch(part, descriptor.size);
    if (stretch.end > part.offset + part.length) {
      open?.leave();
      this.#stretches.set(name, stretch);
    }
    const done = () => void (this.#stretches.get(name) === stretch && this.#stretches.delete(name));
    void this.#fetch(repository, descriptor, stretch, signal)
      .finally(done)
      .then(
        outcome => stretch.settle(outcome),
        error => stretch.fail(error),
      );
    return stretch;
  }

  async #fetch(
    repository: Repository,
    { digest }: Descriptor,
    stretch: Stretch,
    signal: AbortSignal | undefined,
  ): Promise<Outcome> {
    const origin = await this.#network.origin(repository.registry);
    const url = new URL(`/v2/${repository.path}/blobs/${digest}`, origin);
    if (this.#unsuited.has(origin) || !this.#network.isDirect(url)) return 'unusual';
    const request = headOf(url, await this.#authorization(repository), stretch);
    if (request === undefined) return 'unusual';
    const started = performance.now();
    const outcome = await this.#ask(url, request, stretch, signal);
    if (TRACE.hasSubscribers) {
      const range = `${stretch.from}+${stretch.end - stretch.from}`;
      TRACE.publish({ url, range, outcome, ms: performance.now() - started });
    }
    return outcome;
  }

  async #ask(url: URL, request: string, stretch: Stretch, signal: AbortSignal | undefined): Promise<Outcome> {
    const tls = url.protocol === 'https:' ? await this.#network.tls(url.host) : undefined;
    // It may have been given up while a login was waited for.
    if (stretch.hasEnded) return 'broken';
    const idle = this.#idle.get(url.origin) ?? [];
    this.#idle.set(url.origin, idle);
    const kept = takeOpen(idle);
    const connection = kept ?? new FastConnection(url, tls);
    const outcome = await connection.ask(stretch, request, signal);
    if (connection.isOpen) idle.push(connection);
    // Servers close connections that were idle for a while: that is no failure.
    if (outcome === 'closed') return kept === undefined ? 'broken' : this.#ask(url, request, stretch, signal);
    if (outcome !== 'unsuited') return outcome;
    this.#unsuited.add(url.origin);
    return 'unusual';
  }
}

function takeOpen(idle: FastConnection[]): FastConnection | undefined {
  let connection = idle.pop();
  while (connection !== undefined && !connection.isOpen) connection = idle.pop();
  return connection;
}

/** A request's head; undefined when a value could not stand in one. */
function headOf(
  url: URL,
  authorization: string | undefined,
  { from, end, isWhole }: Stretch,
): string | undefined {
  const lines = [
    `GET ${url.pathname} HTTP/1.1`,
    `host: ${url.host}`,
    'user-agent: kubectl-asa-backup',
    ...(authorization === undefined ? [] : [`authorization: ${authorization}`]),
    ...(isWhole ? [] : [`range: bytes=${from}-${end - 1}`]),
  ];
  return lines.every(line => /^[\x20-\x7e]*$/.test(line)) ? `${lines.join('\r\n')}\r\n\r\n` : undefined;
}
