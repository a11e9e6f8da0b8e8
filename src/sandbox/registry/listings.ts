import { MEDIA } from '../../registry/descriptor.ts';
import { Refusal, reply } from './answer.ts';
import { parse } from './manifests.ts';
import type { Route } from './server.ts';

/** The manifests that name this one as their subject (spec.md#listing-referrers). */
export function serveReferrers({ store, path, rest, query, referrersPage, response }: Route): void {
  if (referrersPage === 0) {
    reply(response, 404, {}, '404 page not found');
    return;
  }
  const all = [...store.repository(path).manifests]
    .map(([digest, { mediaType, bytes }]) => ({ digest, mediaType, size: bytes.length, json: parse(bytes) }))
    .filter(({ json }) => json.subject?.digest === rest)
    .map(({ json, ...descriptor }) => ({
      ...descriptor,
      artifactType: json.artifactType ?? json.config?.mediaType,
      ...(json.annotations && { annotations: json.annotations }),
    }));
  const start = Number(query.get('start') ?? 0);
  const next = start + referrersPage;
  const link = `</v2/${path}/referrers/${rest}?start=${next}>; rel="next"`;
  const index = { schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests: all.slice(start, next) };
  reply(
    response,
    200,
    { 'content-type': MEDIA.ociIndex, ...(next < all.length && { link }) },
    JSON.stringify(index),
  );
}

/** A repository's tags in order, in pages when the client asks for them (spec.md#listing-tags). */
export function serveTags({ store, path, rest, query, response }: Route): void {
  const repository = store.repositories.get(path);
  if (repository === undefined || rest !== 'list')
    throw new Refusal('NAME_INVALID', 'repository name not known');
  const after = query.get('last') ?? '';
  const left = [...repository.tags.keys()].sort().filter(tag => tag > after);
  const tags = left.slice(0, Number(query.get('n') ?? left.length));
  const link = `</v2/${path}/tags/list?n=${tags.length}&last=${tags.at(-1)}>; rel="next"`;
  const more = tags.length < left.length && { link };
  reply(response, 200, { 'content-type': 'application/json', ...more }, JSON.stringify({ name: path, tags }));
}
