import { Failure } from '../base/errors.ts';
import { Flow } from '../base/flow.ts';
import { BLOBS_IN_FLIGHT, RETRIES_PER_RUN } from '../base/limits.ts';
import { Authorizer } from './auth.ts';
import type { CredentialSource } from './credentials.ts';
import { Network, type NetworkOptions } from './network.ts';
import { type Repository, showRepository } from './reference.ts';
import { refusalOf } from './refusal.ts';
import {
  pause,
  RETRIES,
  RetryBudget,
  type RetryPolicy,
  retryAfter,
  Transient,
  withRetries,
} from './retry.ts';
import type { Wanted } from './token.ts';
import { type Answer, type Body, explain, type HttpRequest, send } from './transport.ts';

/** How registries are spoken to. */
export interface RemoteOptions extends NetworkOptions {
  readonly credentials: CredentialSource;
  /** Differs from {@link RETRIES}. */
  readonly retry?: Partial<RetryPolicy>;
  /** How many transfers may be in flight; nobody else has a say in it by default. */
  readonly flow?: Flow;
}

/** A request to a repository. */
export interface Ask {
  readonly repository: Repository;
  readonly access: 'pull' | 'pull,push' | 'pull,delete' | 'pull,push,delete';
  /** Another repository that is read on the way (mounts). */
  readonly from?: Repository;
  readonly method: HttpRequest['method'];
  /** Behind `/v2/NAME/`, e.g. `manifests/v1`; or a URL that the registry gave. */
  readonly target: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  readonly follow?: boolean;
  /** Without a login, also at the registry itself: who says where to ask is not who we log in for. */
  readonly anonymous?: boolean;
  /** Tidies up, which happens also while a run is paused: it may be ended then. */
  readonly tidies?: boolean;
  /** Who is asked, for messages, when it is not the registry. */
  readonly host?: string;
  /** What it is about, for messages; the repository by default. */
  readonly subject?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Registries by HTTP: origin, login, redirects and retries are dealt with, answers are not. */
export class Remote {
  readonly network: Network;
  readonly retry: RetryPolicy;
  readonly flow: Flow;
  readonly #authorizer: Authorizer;
  readonly #answered = new Set<string>();
  /** Registries that have taken something. */
  readonly #written = new Set<string>();
  /**
   * Repositories that are looked into with the right to write: of one that is not there yet, some registries (Quay,
   * GitLab) let nobody read, and make it for whoever may write.
   */
  readonly #fresh = new Set<string>();
  /** The shortest time until an answer began, in milliseconds, by registry. */
  readonly #quickest = new Map<string, number>();

  constructor({ credentials, retry, flow, ...network }: RemoteOptions) {
    this.network = new Network(network);
    this.flow = flow ?? new Flow(BLOBS_IN_FLIGHT);
    this.retry = { ...RETRIES, budget: new RetryBudget(RETRIES_PER_RUN), ...retry };
    this.#authorizer = new Authorizer(credentials, (realm, request, receive) =>
      withRetries(this.retry, realm.host, undefined, () =>
        this.#attempt(realm, realm.host, realm.host, () => send(this.network, realm, request), receive),
      ),
    );
  }

  /**
   * Asks, and gives the answer to `receive`, which reads its body and decides by its status. Both are repeated
   * after 429, 5xx and broken connections, as long as the request's body can be sent again. An answer that
   * `receive` returns is the caller's, with its body.
   */
  async ask<T>(ask: Ask, receive: (answer: Answer) => Promise<T>): Promise<T> {
    const policy = passes(ask) ? { ...this.retry, attempts: 1 } : this.retry;
    const attempts = (asked: Ask) =>
      withRetries(policy, subjectOf(ask), ask.signal, () => this.once(asked, receive));
    const name = showRepository(ask.repository);
    const writing: Ask = { ...ask, access: 'pull,push' };
    if (looksFor(ask) && this.#fresh.has(name)) return attempts(writing);
    try {
      return await attempts(ask);
    } catch (error) {
      const isRefused = error instanceof Failure && error.code === 'registry-unauthorized';
      if (!isRefused || !looksFor(ask) || !this.#written.has(ask.repository.registry)) throw error;
      const received = await attempts(writing);
      this.#fresh.add(name);
      return received;
    }
  }

  /** {@link ask} without another attempt: what may pass is thrown as a {@link Transient}. */
  async once<T>(ask: Ask, receive: (answer: Answer) => Promise<T>): Promise<T> {
    const { repository, signal } = ask;
    signal?.throwIfAborted();
    if (!ask.tidies) await this.flow.turn(signal);
    const registry = new URL(await this.network.origin(repository.registry));
    const request = () => this.#timed(registry.origin, () => this.#authorised(registry, ask));
    const received = await this.#attempt(
      registry,
      ask.host ?? repository.registry,
      subjectOf(ask),
      request,
      receive,
    );
    if (ask.access === 'pull,push') this.#written.add(repository.registry);
    return received;
  }

  /** How far away the farthest registry is that was asked: the least that an answer of it takes, in milliseconds. */
  get distanceMs(): number {
    return Math.max(0, ...this.#quickest.values());
  }

  /** The Authorization header that a request to a repository needs now, as far as is known. */
  async authorization(ask: Pick<Ask, 'repository' | 'access' | 'from'>): Promise<string | undefined> {
    const registry = new URL(await this.network.origin(ask.repository.registry));
    return this.#authorizer.header({ registry, repository: ask.repository, scopes: scopesOf(ask) });
  }

  /** After an attempt that broke off: waits before another one, or throws when there is none to be made. */
  pause(error: unknown, host: string, subject: string, attempt: number, signal?: AbortSignal): Promise<void> {
    return pause(this.retry, subject, signal, attempt, explain(error, host, subject, true));
  }

  close(): Promise<void> {
    return this.network.close();
  }

  async #timed(origin: string, request: () => Promise<Answer>): Promise<Answer> {
    const started = performance.now();
    const answer = await request();
    const took = performance.now() - started;
    this.#quickest.set(origin, Math.min(took, this.#quickest.get(origin) ?? took));
    return answer;
  }

  async #attempt<T>(
    registry: URL,
    host: string,
    subject: string,
    request: () => Promise<Answer>,
    receive: (answer: Answer) => Promise<T>,
  ): Promise<T> {
    let answer: Answer | undefined;
    let received: T | undefined;
    try {
      answer = await request();
      this.#answered.add(registry.origin);
      if (isPassing(answer)) {
        const failure = await refusalOf(answer, host, subject);
        throw new Transient(failure, retryAfter(answer.headers['retry-after']));
      }
      received = await receive(answer);
      return received;
    } catch (error) {
      throw explain(error, host, subject, this.#answered.has(registry.origin));
    } finally {
      if (answer !== undefined && answer !== received && !answer.body.destroyed) await answer.body.dump();
    }
  }

  /** Sends the request, with a new login when the registry wants one; a body that passes once is sent once. */
  async #authorised(registry: URL, ask: Ask): Promise<Answer> {
    if (ask.anonymous) return send(this.network, registry, requestOf(registry, ask, undefined));
    const wanted: Wanted = { registry, repository: ask.repository, scopes: scopesOf(ask) };
    let authorization = await this.#authorizer.header(wanted);
    for (let renewals = 0; ; renewals++) {
      const answer = await send(this.network, registry, requestOf(registry, ask, authorization));
      const challenge = answer.headers['www-authenticate'];
      const foreign = answer.url.origin !== registry.origin;
      if (foreign || passes(ask)) return answer;
      if (answer.status === 403) return this.#asAnother(registry, ask, wanted, answer, authorization);
      if (answer.status !== 401 || challenge === undefined) return answer;
      const renewed = await this.#authorizer.challenged(wanted, String(challenge), authorization, renewals);
      if (renewed === undefined) return answer;
      await answer.body.dump();
      authorization = renewed;
    }
  }

  /** The answer to the first other login that is let in; what is forbidden to all of them is forbidden. */
  async #asAnother(
    registry: URL,
    ask: Ask,
    wanted: Wanted,
    forbidden: Answer,
    used: string | undefined,
  ): Promise<Answer> {
    for await (const { header, prefer } of this.#authorizer.others(wanted, used)) {
      const answer = await send(this.network, registry, requestOf(registry, ask, header));
      const isLetIn = answer.status !== 401 && answer.status !== 403;
      await (isLetIn ? forbidden : answer).body.dump();
      if (!isLetIn) continue;
      prefer();
      return answer;
    }
    return forbidden;
  }
}

/** Whether something is looked for, which need not be there. */
function looksFor({ method, access }: Ask): boolean {
  return method === 'HEAD' && access === 'pull';
}

/** Somebody in between or the registry itself may answer otherwise the next time. */
function isPassing({ status }: Answer): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501);
}

function subjectOf({ subject, repository }: Ask): string {
  return subject ?? showRepository(repository);
}

/** Whether the body can be sent once only. */
export function passes({ body }: Ask): boolean {
  return body !== undefined && !Buffer.isBuffer(body) && !Array.isArray(body);
}

function requestOf(registry: URL, ask: Ask, authorization: string | undefined): HttpRequest {
  const { repository, target, method, headers, body, follow, signal } = ask;
  const url = typeof target === 'string' ? new URL(`/v2/${repository.path}/${target}`, registry) : target;
  return {
    method,
    url,
    authorization,
    signal,
    ...(headers && { headers }),
    ...(body && { body }),
    ...(follow && { follow }),
  };
}

function scopesOf({ repository, access, from }: Pick<Ask, 'repository' | 'access' | 'from'>): string[] {
  const scope = `repository:${repository.path}:${access}`;
  return from === undefined ? [scope] : [scope, `repository:${from.path}:pull`];
}
