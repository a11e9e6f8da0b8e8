import { type Digest, isDigest } from '../../base/digest.ts';
import { Refusal, reply } from './answer.ts';
import type { Route } from './server.ts';

/** GET and HEAD of a blob, whole or a range of it; DELETE of a repository's link to it (spec.md#pulling-blobs). */
export function serveBlob({ store, path, rest, request, response }: Route): void {
  const digest = digestIn(rest);
  const size = store.blobSize(path, digest);
  if (size === undefined) throw new Refusal('BLOB_UNKNOWN', `blob unknown to registry: ${digest}`);
  if (request.method === 'DELETE') {
    store.repository(path).blobs.delete(digest);
    reply(response, 202);
    return;
  }
  const headers = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
  };
  const bytes = store.blob(path, digest);
  if (bytes === undefined) {
    if (request.method !== 'HEAD') throw new Refusal('BLOB_UNKNOWN', `blob is not held: ${digest}`);
    response.writeHead(200, { ...headers, 'content-length': size });
    response.end();
    return;
  }
  const range = rangeOf(request.headers.range, bytes.length);
  if (range === undefined) {
    reply(response, 200, headers, bytes);
    return;
  }
  const { first, last } = range;
  const partial = { ...headers, 'content-range': `bytes ${first}-${last}/${bytes.length}` };
  reply(response, 206, partial, bytes.subarray(first, last + 1));
}

/** @throws Refusal `DIGEST_INVALID` */
export function digestIn(text: string | null): Digest {
  if (text !== null && isDigest(text)) return text;
  throw new Refusal('DIGEST_INVALID', 'provided digest did not match uploaded content');
}

/** One range of bytes; anything else in the header is ignored, as RFC 9110 §14.2 allows. */
function rangeOf(header: string | undefined, size: number): { first: number; last: number } | undefined {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '');
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Math.min(match[2] === '' ? size - 1 : Number(match[2]), size - 1);
  if (first <= last) return { first, last };
  throw new Refusal('RANGE_INVALID', 'invalid content range', { 'content-range': `bytes */${size}` });
}
