import type { IncomingMessage } from 'node:http';
import { isDigest } from '../../base/digest.ts';
import { Refusal, reply } from './answer.ts';
import { digestIn } from './blobs.ts';
import type { Route } from './server.ts';
import type { Store } from './store.ts';

/** Upload sessions: POST (with mount and in one go), GET, PATCH, PUT, DELETE (spec.md#pushing-blobs). */
export async function serveUpload(route: Route): Promise<void> {
  const { request, rest, store, path } = route;
  if (request.method === 'POST' && rest === '') return start(route);
  const size = store.uploadSize(path, rest);
  if (size === undefined) throw new Refusal('BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
  switch (request.method) {
    case 'GET':
      return accepted(route, rest, 204);
    case 'PATCH':
      await receive(store, rest, request, size);
      return accepted(route, rest, 202);
    case 'PUT':
      await receive(store, rest, request, size);
      return finish(route, rest);
    case 'DELETE':
      store.cancelUpload(rest);
      return reply(route.response, 204);
    default:
      throw new Refusal('UNSUPPORTED', 'the operation is unsupported');
  }
}

async function start(route: Route): Promise<void> {
  const { request, response, store, path, query } = route;
  const mount = query.get('mount');
  if (mount !== null && isDigest(mount) && store.mount(path, mount, query.get('from') ?? '')) {
    return reply(response, 201, { location: `/v2/${path}/blobs/${mount}`, 'docker-content-digest': mount });
  }
  const id = store.startUpload(path);
  if (!query.has('digest')) return accepted(route, id, 202);
  await receive(store, id, request, 0);
  return finish(route, id);
}

/** Keeps what arrives; a body that breaks off leaves the upload with the bytes that came. */
async function receive(store: Store, id: string, request: IncomingMessage, size: number): Promise<void> {
  const range = /^(\d+)-\d+$/.exec(request.headers['content-range'] ?? '');
  if (range !== null && Number(range[1]) !== size)
    throw new Refusal('RANGE_INVALID', 'invalid content range');
  for await (const chunk of request) store.append(id, chunk);
}

function finish({ store, path, query, response }: Route, id: string): void {
  const digest = digestIn(query.get('digest'));
  if (!store.finishUpload(path, id, digest)) {
    throw new Refusal('DIGEST_INVALID', 'provided digest did not match uploaded content');
  }
  reply(response, 201, { location: `/v2/${path}/blobs/${digest}`, 'docker-content-digest': digest });
}

function accepted({ store, path, response }: Route, id: string, status: number): void {
  const size = store.uploadSize(path, id) ?? 0;
  reply(response, status, {
    location: `/v2/${path}/blobs/uploads/${id}`,
    'docker-upload-uuid': id,
    range: `0-${Math.max(0, size - 1)}`,
  });
}
