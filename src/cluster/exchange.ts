import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';

/** What sends requests to one server; undici's dispatchers are such. */
export interface Exchange {
  request(options: Dispatcher.RequestOptions): Promise<Answer>;
  /** Breaks its connections. */
  destroy(): Promise<void>;
  /** Ends once what is under way has its answer. */
  close(): Promise<void>;
}

/** The body comes as it is read. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

/** How long a TCP and TLS handshake may take. */
export const CONNECT_MS = 15_000;

/** How a server's certificate is checked, and what is shown to it; PEM texts. */
export interface TlsOptions {
  readonly ca: string | string[];
  readonly cert?: string;
  readonly key?: string;
  /** The name that its certificate is for, where that is not the host's. */
  readonly servername?: string;
  readonly rejectUnauthorized?: false;
}
