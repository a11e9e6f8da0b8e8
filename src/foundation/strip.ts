import type { Json, KubeObject, ObjectMeta } from '../base/object.ts';
import type { KindDescriptor } from './descriptor.ts';
import { remove, replace, texts } from './path.ts';
import { startValue } from './start.ts';

/** When the source's object was made (RFC 3339), for kinds whose age users see. */
export const CREATED_ANNOTATION = 'asa-backup/created-at';
/** When a restore touched the object so that its controller looks again (RFC 3339). */
export const RESTORED_ANNOTATION = 'asa-backup/restored-at';

/**
 * What the server writes for itself; an owner reference or finalizer of the source would have the object deleted or
 * hang.
 */
const SERVER_FIELDS = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
  'ownerReferences',
  'finalizers',
] as const satisfies readonly (keyof ObjectMeta | 'deletionGracePeriodSeconds' | 'selfLink')[];

/** kapp refuses what carries another app's label; its memory of what it applied is wrong for the target. */
const LABELS_OUT = [
  'kapp.k14s.io/app',
  'kapp.k14s.io/association',
  // Written by later Korifi's webhooks, with times of their own.
  'korifi.cloudfoundry.org/created_at',
  'korifi.cloudfoundry.org/updated_at',
];
const ANNOTATIONS_OUT = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'korifi.cloudfoundry.org/creation-version',
  'kapp.k14s.io/identity',
  'kapp.k14s.io/original',
  'kapp.k14s.io/original-diff',
  'kapp.k14s.io/original-diff-full',
  'kapp.k14s.io/original-diff-md5',
  'kapp.k14s.io/nonce',
];

/** What the archive keeps of an object: everything but the record of who wrote which field. */
export function forArchive(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/**
 * A copy that can be created in another cluster: without what the server and the source's controllers wrote, with
 * its first values for fields that a later step changes. Owner references, status and rewritten names are the
 * restore's to add. Empty strings stay: some kinds require them.
 * @param options.pins whether what ran takes the place of ranges of versions
 */
export function forRestore(descriptor: KindDescriptor, object: KubeObject, { pins = true } = {}): KubeObject {
  const { status: _, ...copy } = structuredClone(object) as KubeObject;
  const metadata: ObjectMeta & Record<string, unknown> = { ...copy.metadata };
  for (const field of SERVER_FIELDS) delete metadata[field];
  const labels = without(metadata.labels, LABELS_OUT);
  const annotations = withAge(descriptor, object, without(metadata.annotations, ANNOTATIONS_OUT));
  setOrDrop(metadata, 'labels', labels);
  setOrDrop(metadata, 'annotations', annotations);
  const wanted = { ...copy, metadata } as KubeObject;
  for (const path of descriptor.strip ?? []) remove(wanted, path);
  if (descriptor.createWith) wanted.spec = { ...wanted.spec, ...descriptor.createWith };
  if (pins) pin(descriptor, object, wanted);
  const { start } = descriptor;
  if (start && startValue(start, object) !== undefined) replace(wanted, start.path, () => start.createAs);
  return wanted;
}

function without(map: Record<string, string> | undefined, names: readonly string[]): Record<string, string> {
  const rest = { ...map };
  for (const name of names) delete rest[name];
  return rest;
}

/** An age that an earlier restore noted is the older one. */
function withAge(
  { showsAge }: KindDescriptor,
  { metadata }: KubeObject,
  annotations: Record<string, string>,
): Record<string, string> {
  if (!showsAge || metadata.creationTimestamp === undefined) return annotations;
  return { [CREATED_ANNOTATION]: metadata.creationTimestamp, ...annotations };
}

function setOrDrop(metadata: ObjectMeta, field: 'labels' | 'annotations', map: Record<string, string>): void {
  if (Object.keys(map).length > 0) metadata[field] = map;
  else delete metadata[field];
}

function pin({ pins = [] }: KindDescriptor, source: KubeObject, wanted: KubeObject): void {
  for (const { path, from } of pins) {
    const [version] = texts(source, from);
    if (version !== undefined) replace(wanted, path, selection => pinnedTo(version, selection));
  }
}

/** A pre-release is not chosen, even by its name, where pre-releases are not let in. */
function pinnedTo(version: string, selection: Json): Json {
  if (typeof selection !== 'object' || selection === null || Array.isArray(selection)) return selection;
  const letsIn = /^[^+]*-/.test(version) ? { prereleases: {} } : {};
  return { ...letsIn, ...selection, constraints: version };
}
