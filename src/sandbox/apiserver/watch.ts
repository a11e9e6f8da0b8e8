import type { Answer } from './call.ts';
import { type Collection, shown } from './collection.ts';
import type { Objects } from './objects.ts';
import { fieldMatcher, labelMatcher, type Matcher } from './selectors.ts';
import { StatusError } from './status-error.ts';
import type { Change } from './storage.ts';

/** A watch ends by itself after so long; clients begin another. */
const LONGEST_S = 1_800;

/**
 * A stream of changes after a resourceVersion, or of all objects and then the changes.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export function watch(objects: Objects, collection: Collection, query: URLSearchParams): Answer {
  const matches = matcherOf(collection, query);
  const from = query.get('resourceVersion');
  const seconds = Math.min(Number(query.get('timeoutSeconds') || LONGEST_S), LONGEST_S);
  return {
    status: 200,
    body: '',
    stream: (write, closed) =>
      new Promise(resolve => {
        const send = (type: string, object: object) => write(`${JSON.stringify({ type, object })}\n`);
        const tell = (change: Change) => {
          const type = eventOf(change, collection, matches);
          if (type !== undefined) send(type, shown(change.object, collection));
        };
        if (!replay(objects, collection, from, send, tell, matches)) return resolve();
        const stop = objects.storage.onChange(tell);
        const end = () => {
          stop();
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(end, seconds * 1_000).unref();
        closed.addEventListener('abort', end, { once: true });
      }),
  };
}

/** What lies between the wanted revision and now; false when it is gone. */
function replay(
  objects: Objects,
  collection: Collection,
  from: string | null,
  send: (type: string, object: object) => void,
  tell: (change: Change) => void,
  matches: Matcher,
): boolean {
  if (from === null || from === '' || from === '0') {
    for (const object of objects.storage.list(collection.kind, collection.namespace)) {
      if (matches(object)) send('ADDED', shown(object, collection));
    }
    return true;
  }
  const changes = objects.storage.since(Number(from));
  if (changes === undefined) {
    send('ERROR', new StatusError(410, 'Expired', `too old resource version: ${from}`).toJSON());
    return false;
  }
  for (const change of changes) tell(change);
  return true;
}

/** An object that begins or ceases to match a selector is added or deleted, for who watches by it. */
function eventOf(change: Change, collection: Collection, matches: Matcher): Change['type'] | undefined {
  const { kind, object, previous, type } = change;
  if (kind.group !== collection.kind.group || kind.plural !== collection.kind.plural) return undefined;
  if (collection.namespace !== undefined && object.metadata.namespace !== collection.namespace)
    return undefined;
  const before = previous !== undefined && matches(previous);
  const after = type !== 'DELETED' && matches(object);
  if (before && after) return 'MODIFIED';
  if (after) return 'ADDED';
  return before ? 'DELETED' : undefined;
}

function matcherOf(collection: Collection, query: URLSearchParams): Matcher {
  const labels = labelMatcher(query.get('labelSelector') ?? '');
  const fields = fieldMatcher(query.get('fieldSelector') ?? '', collection.kind.kind);
  return object => labels(object) && fields(object);
}
