import { type Digest, hashFor, hexOf } from '../../base/digest.ts';
import { parseDocument } from '../document.ts';
import { parseJson } from '../json.ts';
import { count, digest, list, object, optional, ShapeError, text, where } from '../shape.ts';

/** What an index or a manifest names (OCI image-spec, descriptor.md). */
export interface Named {
  mediaType: string;
  digest: Digest;
  size: number;
  artifactType?: string;
  annotations?: { [NAME]?: string; [WHOLE_NAME]?: string };
  platform?: { os?: string; architecture?: string; variant?: string };
  /** Where a foreign layer stands. */
  urls?: string[];
  /** The content itself, in base64. */
  data?: string;
}

/** An index, or a manifest of any sort, as far as it names other content. */
interface Parts {
  manifests?: Named[];
  config?: Named;
  layers?: Named[];
  /** Of an artifact manifest of OCI 1.1's early days. */
  blobs?: Named[];
}

const NAME = 'org.opencontainers.image.ref.name';
/** Of containerd and regctl; the other one often has the tag only. */
const WHOLE_NAME = 'io.containerd.image.name';

const named = where(
  object<Named>({
    mediaType: text,
    digest,
    size: count,
    artifactType: optional(text),
    annotations: optional(
      object<NonNullable<Named['annotations']>>({ [NAME]: optional(text), [WHOLE_NAME]: optional(text) }),
    ),
    platform: optional(
      object<NonNullable<Named['platform']>>({
        os: optional(text),
        architecture: optional(text),
        variant: optional(text),
      }),
    ),
    urls: optional(list(text)),
    data: optional(text),
  }),
  isHonest,
);
const partsShape = object<Parts>({
  manifests: optional(list(named)),
  config: optional(named),
  layers: optional(list(named)),
  blobs: optional(list(named)),
});
const indexShape = object<{ manifests: Named[] }>({ manifests: list(named) });

const MANIFESTS = new Set([
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.artifact.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);

/** Whether what is named is a manifest; an index may name other things, such as the layers of a build cache. */
export function isManifest({ mediaType }: Named): boolean {
  return MANIFESTS.has(mediaType);
}

/** `index.json` of a layout. @throws Failure `damaged` */
export function readIndex(bytes: Buffer, place: string): Named[] {
  return parseDocument(bytes, 'index', indexShape, place).manifests;
}

/** What these bytes name, where they are a manifest or an index; undefined for all else. */
export function readParts(bytes: Buffer): Named[] | undefined {
  if (bytes[0] !== OPENING_BRACE) return undefined;
  try {
    const { manifests, config, layers, blobs } = partsShape(parseJson(bytes), '');
    if (manifests === undefined && layers === undefined && blobs === undefined) return undefined;
    return [...(manifests ?? []), ...(config ? [config] : []), ...(layers ?? []), ...(blobs ?? [])];
  } catch (error) {
    if (error instanceof ShapeError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const OPENING_BRACE = 0x7b;

/** What an image is called, by the one who put it there. */
export function nameOf({ annotations }: Named): string | undefined {
  return annotations?.[WHOLE_NAME] ?? annotations?.[NAME];
}

/** `linux/arm64/v8` */
export function platformOf({ platform }: Named): string | undefined {
  return platform && [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/');
}

/** Whether the content may be elsewhere than in the layout: at a url, or in the descriptor. */
export function isElsewhere({ urls, data }: Named): boolean {
  return (urls?.length ?? 0) > 0 || data !== undefined;
}

/** Content within a descriptor must be what the descriptor says (descriptor.md#embedded-content). */
function isHonest({ data, size, digest }: Named): string | undefined {
  if (data === undefined) return undefined;
  const bytes = Buffer.from(data, 'base64');
  const isRight = bytes.length === size && hashFor(digest).update(bytes).digest('hex') === hexOf(digest);
  return isRight ? undefined : `has data that are not what ${digest} names`;
}
