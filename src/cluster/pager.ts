import { LIST_PAGE_OBJECTS } from '../base/limits.ts';
import type { KubeObject } from '../base/object.ts';
import { TooLarge } from './answers.ts';
import { ApiFailure, type ApiResource, type ListOptions } from './cluster.ts';
import type { ApiHttp } from './http.ts';
import { apiVersionOf, pathOf } from './paths.ts';
import { fieldsOf, isFields, malformed, textOf } from './shape.ts';

/** A list that expires so often is larger than what the server keeps for the time it takes to read it. */
const RESTARTS = 5;

/**
 * Reads a list page by page. When its snapshot expires in the middle (410), it begins anew; when a page is larger
 * than what is held in memory, it is asked for again with half as many objects.
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
      yield page.items;
      token = page.token;
      if (token === undefined) return;
    }
  }
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches */
const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json;q=0.9';

interface Page {
  readonly items: KubeObject[];
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
  const body = fieldsOf(await http.request({ method: 'GET', path, query, signal, ...accept }));
  const items = body.items ?? [];
  if (!Array.isArray(items)) throw malformed('a list without items', `GET ${path}`);
  return {
    items: items.map(item => itemOf(item, resource, path)),
    token: textOf(fieldsOf(body.metadata).continue) || undefined,
    revision: textOf(fieldsOf(body.metadata).resourceVersion),
  };
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
