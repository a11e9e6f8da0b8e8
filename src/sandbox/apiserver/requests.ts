import { load } from 'js-yaml';
import type { Call } from './call.ts';
import { isObject } from './json.ts';
import type { Kind } from './kind.ts';
import type { DeleteOptions, ListQuery } from './objects.ts';
import { jsonPatch, mergePatch } from './patches.ts';
import { badRequest, StatusError } from './status-error.ts';

/** The body as a document; undefined when there is none. */
export function bodyOf(call: Call): unknown {
  if (call.body.length === 0) return undefined;
  const type = mediaType(call);
  const text = call.body.toString('utf8');
  try {
    if (type.includes('yaml')) return load(text);
    if (type === '' || type.includes('json')) return JSON.parse(text);
  } catch (error) {
    throw badRequest(`error decoding the body: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw unsupported(type);
}

export function isDryRun(call: Call): boolean {
  const values = call.query.getAll('dryRun');
  if (values.some(value => value !== 'All'))
    throw badRequest('dryRun: Unsupported value: supported values: "All"');
  return values.length > 0;
}

export function listQueryOf({ query }: Call): ListQuery {
  const limit = Number(query.get('limit') ?? 0);
  if (!Number.isInteger(limit) || limit < 0) throw badRequest('limit: Invalid value');
  return {
    limit,
    continue: query.get('continue') ?? '',
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
  };
}

/** Options of a DELETE stand in the query or in a body. */
export function deleteOptionsOf(call: Call): DeleteOptions {
  const body = bodyOf(call);
  const sent = isObject(body) ? body : {};
  const propagation = call.query.get('propagationPolicy') ?? sent.propagationPolicy;
  if (propagation !== undefined && !['Background', 'Foreground', 'Orphan'].includes(String(propagation))) {
    throw badRequest('propagationPolicy: Unsupported value');
  }
  return {
    dryRun: isDryRun(call) || (Array.isArray(sent.dryRun) && sent.dryRun.includes('All')),
    propagation: propagation as DeleteOptions['propagation'],
    ...(isObject(sent.preconditions) && { preconditions: sent.preconditions as { uid?: string } }),
  };
}

export interface SentPatch {
  apply(current: object): unknown;
  /** An apply makes what is not there yet. */
  readonly creates: boolean;
}

/** By its media type. A strategic merge and a server-side apply are taken for a plain merge. */
export function patchOf(call: Call, kind: Kind): SentPatch {
  const patch = bodyOf(call);
  const merge = { apply: (current: object) => mergePatch(current, patch), creates: false };
  const type = mediaType(call);
  switch (type) {
    case 'application/merge-patch+json':
      return merge;
    case 'application/apply-patch+yaml':
      return { ...merge, creates: true };
    case 'application/json-patch+json':
      return { apply: current => jsonPatch(current, patch), creates: false };
    case 'application/strategic-merge-patch+json':
      if (!kind.custom)
        return { apply: current => mergePatch(current, withoutDirectives(patch)), creates: false };
  }
  throw unsupported(type);
}

/** `$patch`, `$setElementOrder/…` and the like steer the merging of lists, which are replaced here. */
function withoutDirectives(patch: unknown): unknown {
  if (Array.isArray(patch)) return patch.map(withoutDirectives);
  if (!isObject(patch)) return patch;
  const fields = Object.entries(patch).filter(([field]) => !field.startsWith('$'));
  return Object.fromEntries(fields.map(([field, value]) => [field, withoutDirectives(value)]));
}

function mediaType(call: Call): string {
  return (call.headers['content-type'] ?? '').split(';', 1)[0]?.trim() ?? '';
}

function unsupported(type: string): StatusError {
  const message = `the body of the request was in an unknown format - ${type}`;
  return new StatusError(415, 'UnsupportedMediaType', message);
}
