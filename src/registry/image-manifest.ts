import { type Digest, hashFor, hexOf, isDigest } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import { type Descriptor, MEDIA } from './descriptor.ts';
import { parseManifest } from './manifests.ts';

/** What a manifest names, checked. */
export interface ManifestContent {
  /** Manifests and indexes, of an index. */
  readonly manifests: readonly Descriptor[];
  readonly config?: Descriptor;
  /** Blobs of whatever type that the registry holds. */
  readonly layers: readonly Descriptor[];
  /** Foreign layers: the registry need not hold them, their `urls` say where they are. */
  readonly foreign: readonly Descriptor[];
  /** Content that stands in the manifest itself (`data`, image-spec descriptor.md), verified. */
  readonly inline: ReadonlyMap<Digest, Buffer>;
}

const MANIFESTS = new Set<string>([
  MEDIA.ociManifest,
  MEDIA.ociIndex,
  MEDIA.dockerManifest,
  MEDIA.dockerIndex,
  'application/vnd.oci.artifact.manifest.v1+json',
]);

/**
 * Reads an image manifest, an artifact manifest or an index (image-spec manifest.md, image-index.md).
 * @throws Failure `registry-error` when something in it is not of the form that the specification gives it
 */
export function readManifest(bytes: Buffer, subject: string): ManifestContent {
  const json = parseManifest(bytes, subject);
  const inline = new Map<Digest, Buffer>();
  const list = (field: string) =>
    arrayOf(json[field], field, subject).map(one => describe(one, subject, inline));
  const children = list('manifests');
  const config = json.config === undefined ? undefined : describe(json.config, subject, inline);
  // Build caches are indexes of layers; the artifact manifest of an early OCI 1.1 has blobs.
  const blobs = [
    ...list('layers'),
    ...list('blobs'),
    ...children.filter(({ mediaType }) => !MANIFESTS.has(mediaType)),
  ];
  return {
    manifests: children.filter(({ mediaType }) => MANIFESTS.has(mediaType)),
    ...(config && { config }),
    layers: blobs.filter(({ urls = [] }) => urls.length === 0),
    foreign: blobs.filter(({ urls = [] }) => urls.length > 0),
    inline,
  };
}

function describe(json: unknown, subject: string, inline: Map<Digest, Buffer>): Descriptor {
  const { mediaType, digest, size, urls, annotations, artifactType, data } = (json ?? {}) as Record<
    string,
    unknown
  >;
  if (typeof mediaType !== 'string') throw broken('a descriptor without a media type', subject);
  if (typeof digest !== 'string' || !isDigest(digest)) throw broken('a descriptor without a digest', subject);
  if (!Number.isSafeInteger(size) || Number(size) < 0) throw broken(`no size for ${digest}`, subject);
  if (typeof data === 'string') inline.set(digest, decode(data, digest, Number(size), subject));
  return {
    mediaType,
    digest,
    size: Number(size),
    ...(Array.isArray(urls) && { urls: urls.filter(url => typeof url === 'string') }),
    ...(typeof artifactType === 'string' && { artifactType }),
    ...(isTexts(annotations) && { annotations }),
  };
}

function decode(data: string, digest: Digest, size: number, subject: string): Buffer {
  const bytes = Buffer.from(data, 'base64');
  if (bytes.length === size && hashFor(digest).update(bytes).digest('hex') === hexOf(digest)) return bytes;
  throw broken(`content of its own for ${digest} that is another`, subject);
}

function arrayOf(value: unknown, field: string, subject: string): unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw broken(`no list of ${field}`, subject);
}

function isTexts(value: unknown): value is Record<string, string> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && Object.values(value).every(each => typeof each === 'string');
}

function broken(what: string, subject: string): Failure {
  return new Failure('registry-error', `the manifest has ${what}`, { subject });
}
