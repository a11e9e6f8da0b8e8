import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Call, Interceptor } from '../../src/sandbox/apiserver/call.ts';
import { StatusError } from '../../src/sandbox/apiserver/status-error.ts';

export type Effect = (call: Call, next: (call: Call) => Promise<Answer>) => Promise<Answer>;

interface Fault {
  readonly concerns: (call: Call) => boolean;
  readonly effect: Effect;
  /** How often it still happens. */
  left: number;
}

/** Faults of an API server's answers, added and taken away while it runs. Give `intercept` to startApiServer. */
export class ApiFaults {
  readonly #faults: Fault[] = [];
  /** Every call that came in, as `GET /api/v1/secrets?limit=500`. */
  readonly calls: string[] = [];

  readonly intercept: Interceptor = async (call, next) => {
    const query = call.query.toString();
    this.calls.push(`${call.method} ${call.path}${query && `?${query}`}`);
    const fault = this.#faults.find(({ left, concerns }) => left > 0 && concerns(call));
    if (fault === undefined) return next(call);
    fault.left -= 1;
    return fault.effect(call, next);
  };

  /** The effect happens to the next `times` calls that it concerns. */
  add(concerns: (call: Call) => boolean, effect: Effect, times = 1): void {
    this.#faults.push({ concerns, effect, left: times });
  }

  clear(): void {
    this.#faults.length = 0;
    this.calls.length = 0;
  }
}

/** Several effects at once; the first is nearest to the client. */
export function inTurn(...effects: Effect[]): Effect {
  const [first, ...rest] = effects;
  return first === undefined
    ? (call, next) => next(call)
    : (call, next) => first(call, inner => inTurn(...rest)(inner, next));
}

export const everything = () => true;

/** Lists of a resource, by its plural. */
export function listsOf(plural: string): (call: Call) => boolean {
  return call => call.method === 'GET' && call.path.endsWith(`/${plural}`);
}

/** A list's second page and all after it. */
export function laterPagesOf(plural: string): (call: Call) => boolean {
  return call => listsOf(plural)(call) && call.query.has('continue');
}

export function writes(call: Call): boolean {
  return call.method !== 'GET';
}

/** What etcd's compaction does to a list that is being read. */
export const expired: Effect = async () => {
  const status = new StatusError(410, 'Expired', 'The provided continue parameter is too old');
  return { status: 410, body: status.toJSON() };
};

/** Flow control. */
export function tooMany(retryAfterSeconds: number): Effect {
  const status = new StatusError(429, 'TooManyRequests', 'too many requests, please try again later');
  const headers = { 'retry-after': String(retryAfterSeconds) };
  return async () => ({ status: 429, headers, body: status.toJSON() });
}

export function failing(code: number, message = 'the server is unwell'): Effect {
  return async () => ({ status: code, body: new StatusError(code, 'InternalError', message).toJSON() });
}

/** The connection breaks in the middle of the answer. */
export function cutAfter(bytes: number): Effect {
  return async (call, next) => ({ ...(await next(call)), breakAfter: bytes });
}

/** The write is done, and its answer is lost. */
export const lost: Effect = cutAfter(0);

export function slow(ms: number): Effect {
  return async (call, next) => {
    await sleep(ms);
    return next(call);
  };
}

/** The request is never answered. */
export const unanswered: Effect = () => new Promise(() => undefined);

/** The request is taken, and nothing comes of it. */
export const ignored: Effect = async () => ({ status: 200, body: { kind: 'Status', status: 'Success' } });

/** What is asked for is not there (yet). */
export const missing: Effect = async ({ path }) => {
  const status = new StatusError(404, 'NotFound', `${path} not found`);
  return { status: 404, body: status.toJSON() };
};

/** Somebody else was quicker. */
export const conflicting: Effect = async () => ({
  status: 409,
  body: new StatusError(409, 'Conflict', 'the object has been modified').toJSON(),
});

/** The controllers have not got to it yet. */
export const withoutConditions: Effect = async (call, next) => {
  const answer = await next(call);
  const unready = (object: { status?: object }) => ({
    ...object,
    status: { ...object.status, conditions: [] },
  });
  const body = answer.body as { items?: object[]; status?: object };
  return {
    ...answer,
    body: body.items === undefined ? unready(body) : { ...body, items: body.items.map(unready) },
  };
};

/** A group is not served (yet), as far as discovery tells. */
export function withoutGroup(name: string): Effect {
  return async (call, next) => {
    const answer = await next(call);
    const { items, groups, ...rest } = answer.body as {
      items?: { metadata: { name: string } }[];
      groups?: { name: string }[];
    };
    const left = {
      ...(items && { items: items.filter(({ metadata }) => metadata.name !== name) }),
      ...(groups && { groups: groups.filter(group => group.name !== name) }),
    };
    return { ...answer, body: { ...rest, ...left } };
  };
}

/** The authorizer refuses. */
export function forbidden(resource: string, group = ''): Effect {
  const message = `${resource} is forbidden: User "reader" cannot list resource "${resource}" in API group "${group}" at the cluster scope`;
  return async () => ({ status: 403, body: new StatusError(403, 'Forbidden', message).toJSON() });
}

/** A proxy between answers for the server. */
export function html(status = 200, title = 'Sign in'): Effect {
  const body = `<!DOCTYPE html><html><head><title>${title}</title></head><body></body></html>`;
  return async () => ({ status, headers: { 'content-type': 'text/html; charset=utf-8' }, body });
}

/** The server is older than aggregated discovery (1.26). */
export const classicDiscovery: Effect = (call, next) =>
  next({ ...call, headers: { ...call.headers, accept: 'application/json' } });

/** An aggregated API is down: discovery lists its group and version and knows no more. */
export function brokenGroup(group: string, version: string): Effect {
  return async (call, next) => {
    const answer = await next(call);
    const document = answer.body as { kind: string; items?: object[]; groups?: object[] };
    const versions = [{ groupVersion: `${group}/${version}`, version }];
    if (document.kind === 'APIGroupList') {
      return {
        ...answer,
        body: { ...document, groups: [...(document.groups ?? []), { name: group, versions }] },
      };
    }
    const stale = { metadata: { name: group }, versions: [{ version, resources: [], freshness: 'Stale' }] };
    return { ...answer, body: { ...document, items: [...(document.items ?? []), stale] } };
  };
}

/**
 * An aggregated API whose server has gone, as kube-apiserver shows it: discovery lists its version as stale and without
 * resources, and whatever is asked of it is answered with 503.
 */
export function silent(group: string): { concerns: (call: Call) => boolean; effect: Effect } {
  return {
    concerns: ({ path }) => path === '/apis' || path.startsWith(`/apis/${group}/`),
    effect: async (call, next) => {
      if (call.path !== '/apis') {
        return {
          status: 503,
          body: new StatusError(503, 'ServiceUnavailable', 'service unavailable').toJSON(),
        };
      }
      const answer = await next(call);
      const document = answer.body as { items?: { metadata: { name: string }; versions: object[] }[] };
      const items = document.items?.map(item =>
        item.metadata.name === group
          ? { ...item, versions: item.versions.map(one => ({ ...one, resources: [], freshness: 'Stale' })) }
          : item,
      );
      return { ...answer, body: { ...document, items } };
    },
  };
}
