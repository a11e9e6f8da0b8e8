import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { Failure, reasonOf } from '../base/errors.ts';
import { API_CONNECTIONS, API_RESPONSE_BYTES } from '../base/limits.ts';
import { VERSION } from '../base/version.ts';
import { type ParseBody, readAnswer, untilSilent } from './answers.ts';
import { type Connections, fewRequests, manyRequests } from './connections.ts';
import { type Credentials, credentialsFor } from './credentials.ts';
import { parseDuration } from './duration.ts';
import type { Exchange } from './exchange.ts';
import { type Asked, connectionFailure, notKubernetes, refusalFailure, statusLine } from './failures.ts';
import { impersonation } from './impersonation.ts';
import type { Target } from './kubeconfig.ts';
import type { ClusterOptions } from './options.ts';
import { Pace } from './pace.ts';
import { isRepeatable, pauseMs, type Trouble, wasNotSent } from './retry.ts';
import { upgrade } from './upgrade.ts';

/** A server that says nothing for so long is taken for gone; lists of many objects begin within seconds. */
const SILENCE_MS = 60_000;
/** A server begins a stream at once; a proxy that collects answers before it hands them on would keep us for ever. */
const STREAM_BEGINS_MS = 3_000;
const PATIENCE_MS = 60_000;
const FIRST_PATIENCE_MS = 1_000;

/** A request to the API server. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the server's URL, `/api/v1/secrets`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  /** Whether sending it twice does what sending it once does; otherwise only GET, PUT and DELETE are taken for it. */
  readonly idempotent?: boolean;
  /** How long it is repeated, where that is shorter than the connection's own patience. */
  readonly patienceMs?: number;
  /** What makes the answer's body of its bytes; all of it is parsed without. */
  readonly parse?: ParseBody;
  readonly signal?: AbortSignal | undefined;
}

/** One API server, spoken to over kept-alive connections, with credentials that renew themselves. */
export class ApiHttp {
  readonly #server: URL;
  readonly #connections: Connections<Exchange>;
  readonly #upgrades: Connections<Dispatcher>;
  readonly #credentials: Credentials;
  readonly #headers: Record<string, string | string[]>;
  readonly #timeoutMs: number | undefined;
  readonly #patienceMs: number;
  readonly #responseBytes: number;
  readonly #pace = new Pace(API_CONNECTIONS);
  readonly #onRetry: ClusterOptions['onRetry'];
  #answered = false;

  constructor(target: Target, options: ClusterOptions) {
    const env = options.env ?? process.env;
    this.#server = new URL(target.cluster.server);
    this.#connections = (options.brief ? fewRequests : manyRequests)(target.cluster, env);
    this.#upgrades = manyRequests(target.cluster, env, false);
    this.#credentials = credentialsFor(target, env);
    this.#headers = {
      'user-agent': options.userAgent ?? `asa-backup/${VERSION}`,
      ...impersonation(target.user),
    };
    this.#timeoutMs = parseDuration(options.requestTimeout ?? '0', '--request-timeout') || undefined;
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
    this.#responseBytes = options.responseBytes ?? API_RESPONSE_BYTES;
    this.#onRetry = options.onRetry;
  }

  /**
   * The parsed body of a 2xx answer.
   *
   * @throws Failure `not-connected`, `unauthorized`, `forbidden`, `timeout`, `ApiFailure`, or the signal's reason.
   */
  async request(request: ApiRequest): Promise<unknown> {
    const asked = this.#asked(request);
    const started = Date.now();
    let renewed = false;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(request, asked);
      if ('body' in outcome) return outcome.body;
      if ('refusal' in outcome && outcome.refusal.status === 401 && !renewed && this.#credentials.renew()) {
        renewed = true;
        continue;
      }
      const delayMs = this.#pause(outcome, request, attempt, Date.now() - started);
      if (delayMs === undefined) throw failureOf(outcome, asked);
      this.#onRetry?.({
        request: `${asked.method} ${asked.path}`,
        reason: troubleOf(outcome),
        attempt,
        delayMs,
      });
      await sleep(delayMs, undefined, request.signal ? { signal: request.signal } : {}).catch(
        () => undefined,
      );
      throwIfAborted(request.signal);
    }
  }

  /**
   * Takes a connection over as a WebSocket connection; whoever asks for one checks what is spoken on it.
   *
   * @throws Failure as {@link request}, but nothing is repeated.
   */
  async upgrade(
    request: Pick<ApiRequest, 'path' | 'query'> & { readonly headers: Readonly<Record<string, string>> },
  ): Promise<{ socket: Duplex; headers: IncomingHttpHeaders }> {
    const asked = this.#asked({ ...request, method: 'GET' });
    for (let renewed = false; ; renewed = true) {
      const { authorization, certificate } = await this.#credentials.current();
      const dispatcher = await this.#upgrades.exchange(certificate);
      const options = this.#options({ ...request, method: 'GET' }, authorization);
      const headers = { ...options.headers, ...request.headers };
      const answer = await upgrade(dispatcher, { ...options, headers, upgrade: 'websocket' }).catch(error => {
        throw connectionFailure(error, asked);
      });
      if ('socket' in answer) return answer;
      if (answer.status === 401 && !renewed && this.#credentials.renew()) continue;
      const contentType = String(answer.headers['content-type'] ?? '');
      throw refusalFailure({ status: answer.status, contentType, text: answer.text }, asked);
    }
  }

  /**
   * The text of a 2xx answer piece by piece, until it ends or nothing comes for so long. Sent once: whoever watches
   * can do without.
   *
   * @throws Failure as {@link request} does.
   */
  async stream(request: ApiRequest, silenceMs: number): Promise<AsyncGenerator<string>> {
    const asked = this.#asked(request);
    throwIfAborted(request.signal);
    try {
      const credential = await this.#credentials.current(request.signal);
      const exchange = await this.#connections.exchange(credential.certificate);
      const options = this.#options(request, credential.authorization);
      const response = await exchange.request({ ...options, headersTimeout: STREAM_BEGINS_MS });
      if (response.statusCode < 300) return untilSilent(response.body, silenceMs);
      const outcome = await readAnswer(response, asked, this.#responseBytes);
      throw 'body' in outcome
        ? notKubernetes({ status: 200, contentType: '', text: '' }, asked)
        : failureOf(outcome, asked);
    } catch (error) {
      throwIfAborted(request.signal);
      throw connectionFailure(error, asked);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#connections.close(), this.#upgrades.close()]);
  }

  #asked(request: ApiRequest): Asked {
    const { method, path } = request;
    return { method, path, server: this.#server.href.replace(/\/$/, ''), origin: this.#credentials.origin };
  }

  /** Undefined when repeating would not help, or patience is at its end. */
  #pause(trouble: Trouble, request: ApiRequest, attempt: number, elapsedMs: number): number | undefined {
    const idempotent = request.idempotent ?? !['POST', 'PATCH'].includes(request.method);
    if (!isRepeatable(trouble, idempotent)) return undefined;
    const delayMs = pauseMs(attempt, 'refusal' in trouble ? trouble.retryAfterMs : undefined);
    return elapsedMs + delayMs > this.#patience(trouble, request) ? undefined : delayMs;
  }

  /** Nobody waits a minute to hear of a mistyped server or proxy: one that never answered is not waited for. */
  #patience(trouble: Trouble, request: ApiRequest): number {
    const patience = Math.min(request.patienceMs ?? this.#patienceMs, this.#patienceMs);
    if (this.#answered || 'refusal' in trouble) return patience;
    return wasNotSent(trouble) ? 0 : Math.min(patience, FIRST_PATIENCE_MS);
  }

  async #attempt(request: ApiRequest, asked: Asked): Promise<{ body: unknown } | Trouble> {
    throwIfAborted(request.signal);
    try {
      const credential = await this.#credentials.current(request.signal);
      const exchange = await this.#connections.exchange(credential.certificate);
      return await this.#pace.take(async () => {
        throwIfAborted(request.signal);
        const response = await exchange.request(this.#options(request, credential.authorization));
        this.#answered = true;
        return readAnswer(response, asked, this.#responseBytes, request.parse);
      }, isTooMany);
    } catch (error) {
      throwIfAborted(request.signal);
      if (error instanceof Failure) throw error;
      return { error };
    }
  }

  #options(request: ApiRequest, authorization: string | undefined): Dispatcher.RequestOptions {
    const query = Object.entries(request.query ?? {}).filter(
      (pair): pair is [string, string] => pair[1] !== undefined,
    );
    const search = new URLSearchParams(query).toString();
    const timeout = this.#timeoutMs === undefined ? undefined : AbortSignal.timeout(this.#timeoutMs);
    const signal = eitherOf(request.signal, timeout);
    return {
      origin: this.#server.origin,
      path: `${this.#server.pathname.replace(/\/$/, '')}${request.path}${search && `?${search}`}`,
      method: request.method,
      headers: {
        ...this.#headers,
        accept: request.accept ?? 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
        ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
      },
      body: request.body === undefined ? null : JSON.stringify(request.body),
      headersTimeout: SILENCE_MS,
      bodyTimeout: SILENCE_MS,
      ...(signal && { signal }),
    };
  }
}

/** A run's signal lives long, and keeps something of every signal that is made from it: none is made without need. */
function eitherOf(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  return one && other ? AbortSignal.any([one, other]) : (one ?? other);
}

function isTooMany(outcome: { body: unknown } | Trouble): boolean {
  return 'refusal' in outcome && outcome.refusal.status === 429;
}

function failureOf(trouble: Trouble, asked: Asked): Failure {
  return 'refusal' in trouble
    ? refusalFailure(trouble.refusal, asked)
    : connectionFailure(trouble.error, asked);
}

function troubleOf(trouble: Trouble): string {
  return 'refusal' in trouble ? statusLine(trouble.refusal.status) : reasonOf(trouble.error);
}

/** The caller's own reason where it is a `Failure`; `interrupted` otherwise. */
function throwIfAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw signal.reason instanceof Failure
    ? signal.reason
    : new Failure('interrupted', 'interrupted', { cause: signal.reason });
}
