import { copyOf, isEqual, isObject } from './json.ts';
import { badRequest, StatusError } from './status-error.ts';

/** JSON Merge Patch (RFC 7396). */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return copyOf(patch);
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** JSON Patch (RFC 6902). A failed `test` or a missing path is 422, as from the real server. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest('error decoding patch: it is no list of operations');
  return patch.reduce((document, operation) => apply(document, operation), copyOf(target));
}

function apply(document: unknown, operation: Operation): unknown {
  const path = pointer(operation.path);
  switch (operation.op) {
    case 'add':
      return put(document, path, copyOf(operation.value), 'insert');
    case 'replace':
      read(document, path);
      return put(document, path, copyOf(operation.value), 'replace');
    case 'remove':
      return drop(document, path);
    case 'move': {
      const from = pointer(operation.from);
      const moved = read(document, from);
      return put(drop(document, from), path, moved, 'insert');
    }
    case 'copy':
      return put(document, path, copyOf(read(document, pointer(operation.from))), 'insert');
    case 'test':
      if (isEqual(read(document, path), operation.value)) return document;
      throw unprocessable(`testing value ${operation.path} failed`);
    default:
      throw badRequest(`error decoding patch: no operation ${JSON.stringify(operation.op)}`);
  }
}

/** JSON Pointer (RFC 6901). */
function pointer(text: unknown): string[] {
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/')))
    throw badRequest('error decoding patch: no path');
  return text
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function read(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const part of path) {
    if (Array.isArray(value) && /^\d+$/.test(part) && Number(part) < value.length)
      value = value[Number(part)];
    else if (isObject(value) && part in value) value = value[part];
    else throw unprocessable(`the path /${path.join('/')} does not exist`);
  }
  return value;
}

function put(document: unknown, path: readonly string[], value: unknown, how: 'insert' | 'replace'): unknown {
  const last = path.at(-1);
  if (last === undefined) return value;
  const parent = read(document, path.slice(0, -1));
  if (Array.isArray(parent)) {
    const index = last === '-' ? parent.length : Number(last);
    if (!(index >= 0 && index <= parent.length)) throw unprocessable(`no index ${last}`);
    parent.splice(index, how === 'insert' ? 0 : 1, value);
  } else if (isObject(parent)) {
    Object.assign(parent, { [last]: value });
  } else {
    throw unprocessable(`the path /${path.join('/')} does not exist`);
  }
  return document;
}

function drop(document: unknown, path: readonly string[]): unknown {
  read(document, path);
  const parent = read(document, path.slice(0, -1));
  const last = path.at(-1) ?? '';
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (isObject(parent)) delete parent[last];
  return document;
}

function unprocessable(message: string): StatusError {
  return new StatusError(
    422,
    'Invalid',
    `the server rejected our request due to an error in our request: ${message}`,
  );
}
