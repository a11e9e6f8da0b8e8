import { type Digest, digestOf, hashFor, hexOf, isDigest } from '../../base/digest.ts';
import { MANIFEST_BYTES } from '../../base/limits.ts';
import { Refusal, readBody, reply } from './answer.ts';
import type { Route } from './server.ts';
import type { Store, StoredManifest } from './store.ts';

/** GET, HEAD, PUT and DELETE of manifests by tag or digest (spec.md#pulling-manifests, #pushing-manifests). */
export async function serveManifest(route: Route): Promise<void> {
  switch (route.request.method) {
    case 'PUT':
      return put(route);
    case 'DELETE':
      return remove(route);
    default:
      return get(route);
  }
}

function get({ store, path, rest, response }: Route): void {
  const found = store.manifest(path, rest);
  if (found === undefined) throw new Refusal('MANIFEST_UNKNOWN', `manifest unknown: ${rest}`);
  const headers = { 'content-type': found.manifest.mediaType, 'docker-content-digest': found.digest };
  reply(response, 200, headers, found.manifest.bytes);
}

async function put({ store, path, rest, request, response, referrersPage }: Route): Promise<void> {
  const bytes = await readBody(request, MANIFEST_BYTES);
  const digest = isDigest(rest) ? rest : digestOf(bytes);
  if (hashFor(digest).update(bytes).digest('hex') !== hexOf(digest)) {
    throw new Refusal('DIGEST_INVALID', 'provided digest did not match uploaded content');
  }
  const mediaType = request.headers['content-type'] ?? '';
  storeManifest(store, path, { mediaType, bytes }, digest, isDigest(rest) ? undefined : rest);
  const subject = parse(bytes).subject?.digest;
  reply(response, 201, {
    location: `/v2/${path}/manifests/${digest}`,
    'docker-content-digest': digest,
    ...(subject === undefined || referrersPage === 0 ? {} : { 'oci-subject': subject }),
  });
}

/** @throws Refusal when something that the manifest names is not in the repository */
export function storeManifest(
  store: Store,
  path: string,
  manifest: StoredManifest,
  digest: Digest = digestOf(manifest.bytes),
  tag?: string,
): Digest {
  const { config, layers, manifests } = parse(manifest.bytes);
  const repository = store.repository(path);
  for (const blob of [...(config ? [config] : []), ...(layers ?? [])]) {
    const held = store.blobSize(path, blob.digest) !== undefined || (blob.urls?.length ?? 0) > 0;
    if (!held) throw new Refusal('MANIFEST_BLOB_UNKNOWN', `blob unknown to registry: ${blob.digest}`);
  }
  for (const child of manifests ?? []) {
    const held = repository.manifests.has(child.digest) || repository.blobs.has(child.digest);
    if (!held) throw new Refusal('MANIFEST_BLOB_UNKNOWN', `manifest unknown to registry: ${child.digest}`);
  }
  repository.manifests.set(digest, manifest);
  if (tag !== undefined) repository.tags.set(tag, digest);
  return digest;
}

function remove({ store, path, rest, response }: Route): void {
  const found = store.manifest(path, rest);
  if (found === undefined) throw new Refusal('MANIFEST_UNKNOWN', `manifest unknown: ${rest}`);
  const { tags, manifests } = store.repository(path);
  if (isDigest(rest)) manifests.delete(rest);
  for (const [tag, digest] of tags) if (tag === rest || digest === rest) tags.delete(tag);
  reply(response, 202);
}

interface Link {
  readonly digest: Digest;
  readonly urls?: string[];
}
interface ManifestJson {
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config?: Link & { mediaType?: string };
  readonly layers?: Link[] | null;
  readonly manifests?: Link[] | null;
  readonly subject?: Link;
  readonly annotations?: Record<string, string>;
}

/** @throws Refusal `MANIFEST_INVALID` */
export function parse(bytes: Buffer): ManifestJson {
  try {
    return JSON.parse(bytes.toString('utf8')) ?? {};
  } catch {
    throw new Refusal('MANIFEST_INVALID', 'manifest invalid: not JSON');
  }
}
