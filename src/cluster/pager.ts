import { LIST_PAGE_OBJECTS } from '../base/limits.ts';
import { giveBack } from '../base/memory.ts';
import type { KubeObject } from '../base/object.ts';
import { TooLarge } from './answers.ts';
import { ApiFailure, type ApiResource, type ListOptions } from './cluster.ts';
import type { ApiHttp } from './http.ts';
import { type ListBody, parseList } from './list-body.ts';
import { apiVersionOf, pathOf } from './paths.ts';
import { fieldsOf, isFields, malformed, textOf } from './shape.ts';

/** Objects that are parsed at a time: fewer than outlive a collection of what is young, many for each wait in between. */
const PARSED_TOGETHER = 32;
/** A list that expires so often is larger than what the server keeps for the time it takes to read it. */
const RESTARTS = 5;

/**
 * Reads a list page by page. When its snapshot expires in the middle (410), it begins anew; when a page is larger
 * than what is held in memory, it is asked for again with half as many objects. A page is given out in
 * several pieces, each parsed when the one before has been taken.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
export async function* listPages(
  http: ApiHttp,
  resource: ApiResource,
  options: ListOptions,
): AsyncGenerator<KubeObject[]> {
  let limit = LIST_PAGE_OBJECTS;
  let token: string | undefined;
  let restarts = 0;
  for (;;) {
    const page = await requestPage(http, resource, options, limit, token).catch((error: unknown) => {
      if (error instanceof TooLarge && limit > 1) return 'too-large' as const;
      if (isExpired(error) && token !== undefined && restarts < RESTARTS) return 'expired' as const;
      throw error;
    });
    if (page === 'too-large') {
      limit = Math.ceil(limit / 2);
    } else if (page === 'expired') {
      restarts += 1;
      token = undefined;
      options.onRestart?.();
    } else {
      if (token === undefined) options.onRevision?.(page.revision);
      yield* page.pieces;
      token = page.token;
      if (token === undefined) return;
    }
  }
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches */
const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json;q=0.9';

interface Page {
  readonly pieces: Iterable<KubeObject[]>;
  readonly token: string | undefined;
  readonly revision: string;
}

async function requestPage(
  http: ApiHttp,
  resource: ApiResource,
  options: ListOptions,
  limit: number,
  token: string | undefined,
): Promise<Page> {
  const path = pathOf(resource, options.namespace);
  const { labelSelector, fieldSelector, signal } = options;
  const query = { limit: String(limit), continue: token, labelSelector, fieldSelector };
  const accept = options.metadataOnly ? { accept: METADATA } : {};
  const body = await http.request({ method: 'GET', path, query, signal, ...accept, parse: parseList });
  const { fields } = body as ListBody;
  return {
    pieces: piecesOf(body as ListBody, resource, path),
    token: textOf(fieldsOf(fields.metadata).continue) || undefined,
    revision: textOf(fieldsOf(fields.metadata).resourceVersion),
  };
}

/** The objects of a page, whose memory goes back at once when they have been taken. */
function* piecesOf(
  { fields, places, bytes }: ListBody,
  resource: ApiResource,
  path: string,
): Generator<KubeObject[]> {
  if (places === undefined) {
    const items = fields.items ?? [];
    if (!Array.isArray(items)) throw malformed('a list without items', `GET ${path}`);
    yield items.map(item => itemOf(item, resource, path));
    return;
  }
  try {
    const step = 2 * PARSED_TOGETHER;
    for (let first = 0; first < places.length; first += step) {
      const piece: KubeObject[] = [];
      for (let at = first; at < Math.min(first + step, places.length); at += 2)
        piece.push(itemOf(parsed(bytes.toString('utf8', places[at], places[at + 1]), path), resource, path));
      yield piece;
    }
  } finally {
    giveBack(bytes);
  }
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed('an object that is not JSON', `GET ${path}`);
  }
}

/** Items of built-in kinds come without apiVersion and kind: the list's own stand for them. */
function itemOf(item: unknown, resource: ApiResource, path: string): KubeObject {
  if (!isFields(item) || textOf(fieldsOf(item.metadata).name) === '') {
    throw malformed('an object without a name', `GET ${path}`);
  }
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, ...item } as KubeObject;
}

function isExpired(error: unknown): boolean {
  return error instanceof ApiFailure && error.status === 410;
}
