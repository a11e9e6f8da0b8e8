import { Failure } from '../base/errors.ts';
import { ARCHIVE_OBJECTS } from '../base/limits.ts';
import type { Loss } from '../base/losses.ts';
import { parseDocument } from './document.ts';
import {
  type AgeProtection,
  ARCHIVE_MEDIA,
  type BaseName,
  FORMAT_VERSIONS,
  type KeyBlob,
  type KorifiFacts,
  type LeftOut,
  type Plan,
  type PlannedImage,
  type PlannedLayer,
  type RecordedSelection,
  type ResourceBlob,
  SECOND_VERSION,
  type SecretsProtection,
  type SourceFacts,
} from './plan.ts';
import {
  bool,
  count,
  digest,
  list,
  matching,
  no,
  object,
  oneOf,
  optional,
  type Shape,
  text,
  where,
} from './shape.ts';

/** What plan and seal say of something lost; every kind, by which the compiler sees to it that none is forgotten. */
const LOSS_KINDS: Record<Loss['kind'], true> = {
  'kind-forbidden': true,
  'kind-failed': true,
  'image-missing': true,
  'image-unreadable': true,
  'image-refused': true,
  'object-failed': true,
  'object-differs': true,
  'object-skipped': true,
  'object-kept': true,
  'wait-timed-out': true,
};

/** Of a loss as plans and seals state it. */
export const lossShape: Shape<Loss> = object<Loss>({
  kind: oneOf(...(Object.keys(LOSS_KINDS) as Loss['kind'][])),
  subject: text,
  reason: text,
  usedBy: optional(list(text)),
});

const korifi = object<KorifiFacts>({
  version: optional(text),
  rootNamespace: text,
  containerRepositoryPrefix: optional(text),
  containerRegistrySecretNames: list(text),
  maxRetainedBuildsPerApp: optional(count),
  maxRetainedPackagesPerApp: optional(count),
  defaultDomain: optional(text),
  domains: optional(list(object({ object: text, name: text }))),
});

const source = object<SourceFacts>({
  kubernetesVersion: optional(text),
  korifi: optional(korifi),
  absentKinds: list(text),
});

const selection = object<RecordedSelection>({
  orgs: optional(list(text)),
  spaces: optional(list(text)),
  apps: optional(list(text)),
  namespaces: optional(list(text)),
  labels: optional(text),
  include: optional(list(text)),
  exclude: optional(list(text)),
  installation: optional(bool),
  images: optional(no),
  droplets: optional(oneOf('current')),
  history: optional(no),
  leftOut: list(object<LeftOut>({ subject: text, usedBy: list(text), users: count })),
});

const age = object<AgeProtection>({
  kind: oneOf('age'),
  recipients: list(text),
  key: optional(object<KeyBlob>({ digest, size: count })),
});
const plaintext = object<{ kind: 'plaintext' }>({ kind: oneOf('plaintext') });
const secrets: Shape<SecretsProtection> = (value, path) =>
  object<{ kind: SecretsProtection['kind'] }>({ kind: oneOf('plaintext', 'age') })(value, path).kind === 'age'
    ? age(value, path)
    : plaintext(value, path);

const resource = object<ResourceBlob>({
  digest,
  size: count,
  mediaType: oneOf(ARCHIVE_MEDIA.resources, ARCHIVE_MEDIA.sealedResources),
  title: matching(
    /^resources\/[A-Za-z0-9][A-Za-z0-9.-]*\.jsonl\.zst(\.age)?$/,
    'a name of a file under resources/',
  ),
  group: text,
  kind: text,
  version: text,
  objects: count,
});

const tag = matching(/^\w[\w.-]{0,127}$/, 'a tag');

const imageMembers = object<PlannedImage>({
  reference: text,
  repository: text,
  digest,
  mediaType: text,
  size: count,
  usedBy: list(text),
  bundle: optional(
    object<NonNullable<PlannedImage['bundle']>>({
      images: list(object({ locked: text, digest, isBundle: bool })),
      leftOut: optional(list(text)),
    }),
  ),
  partOf: optional(digest),
  attachedTo: optional(digest),
  tag: optional(tag),
});
const image = where(imageMembers, ({ tag, attachedTo }) =>
  tag !== undefined && attachedTo === undefined
    ? 'has a tag of its own and is attached to nothing'
    : undefined,
);

const isTrue = where(bool, value => (value ? undefined : 'is not true')) as Shape<true>;

const layer = object<PlannedLayer>({
  digest,
  size: count,
  repositories: list(text),
  inBase: optional(isTrue),
});

const time = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/, 'a time in UTC as RFC 3339 writes it');

const members = object<Plan>({
  formatVersion: oneOf(...FORMAT_VERSIONS),
  createdAt: time,
  tool: object({ name: text, version: text }),
  source,
  selection: optional(selection),
  redacted: optional(isTrue),
  base: optional(object<BaseName>({ createdAt: time, layers: digest })),
  secrets,
  resources: where(list(resource), blobs => doubled(blobs, 'digest') ?? doubled(blobs, 'title')),
  images: where(list(image), ambiguousReference),
  layers: where(list(layer), layers => doubled(layers, 'digest')),
  losses: list(lossShape),
});

const plan = where(members, ({ secrets, resources, layers, redacted, base, formatVersion }) => {
  if (redacted && formatVersion < SECOND_VERSION) return 'is redacted, in a version that does not know that';
  if (base && formatVersion < SECOND_VERSION) return 'has a base, in a version that does not know that';
  const isLeft = layers.some(({ inBase }) => inBase);
  if (isLeft !== (base !== undefined))
    return isLeft ? 'leaves layers to a base, and names none' : 'names a base, and leaves no layer to it';
  const sealed = resources.find(blob => blob.mediaType === ARCHIVE_MEDIA.sealedResources);
  if (sealed && secrets.kind === 'plaintext')
    return `has ${sealed.title} encrypted, but secrets in plain text`;
  const objects = resources.reduce((sum, blob) => sum + blob.objects, 0);
  return objects > ARCHIVE_OBJECTS ? `has more than ${ARCHIVE_OBJECTS} objects` : undefined;
});

/** The plan's bytes: its members in the order of the type, without white space. */
export function writePlan(value: Plan): Buffer {
  return Buffer.from(JSON.stringify(plan(value, '')));
}

/**
 * The mirror image of {@link writePlan} for bytes that nobody vouches for; members it does not know are ignored.
 *
 * @throws Failure `newer-format` or `damaged`, with the entry as subject and the member's path in the message.
 */
export function parsePlan(bytes: Buffer, subject: string): Plan {
  return parseDocument(bytes, 'plan', plan, subject, checkVersion);
}

/** @throws Failure `newer-format` when the document was written by a later format than this program reads. */
export function checkVersion(version: unknown, subject: string): void {
  const newest = Math.max(...FORMAT_VERSIONS);
  if (typeof version !== 'number' || version <= newest) return;
  throw new Failure(
    'newer-format',
    `the archive has format version ${version}, and this program reads up to version ${newest}`,
    { subject, hints: ['use a newer release of this program'] },
  );
}

function doubled<K extends string>(items: readonly Record<K, string>[], member: K): string | undefined {
  const seen = new Set<string>();
  for (const { [member]: value } of items) {
    if (seen.has(value)) return `has the ${member} ${value} twice`;
    seen.add(value);
  }
  return undefined;
}

/** A reference may stand for several bundles' parts, but never for two contents: `index.json` could not say it. */
function ambiguousReference(images: readonly PlannedImage[]): string | undefined {
  const contents = new Map<string, string>();
  for (const { reference, digest } of images) {
    if ((contents.get(reference) ?? digest) !== digest) return `gives ${reference} two contents`;
    contents.set(reference, digest);
  }
  return undefined;
}
