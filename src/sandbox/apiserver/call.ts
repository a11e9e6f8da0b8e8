import type { IncomingHttpHeaders } from 'node:http';

/** A request, read whole. */
export interface Call {
  readonly method: string;
  /** Decoded no further than by the URL's own rules. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An answer to it. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A document, or text that is sent as it is. */
  readonly body: unknown;
  /** Writes on after the body until it is done or nobody listens any more: a watch. */
  readonly stream?: (write: (text: string) => void, closed: AbortSignal) => Promise<void>;
  /** The connection breaks after so many bytes of the body. */
  readonly breakAfter?: number;
}

/** Stands between the connection and the API: may change the call, answer itself, or change the answer. */
export type Interceptor = (call: Call, next: (call: Call) => Promise<Answer>) => Promise<Answer>;
