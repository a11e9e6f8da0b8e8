import type { Json, JsonObject, KubeObject } from '../base/object.ts';
import type { KindDescriptor, StartRule } from './descriptor.ts';
import { remove, texts } from './path.ts';
import { CREATED_ANNOTATION, RESTORED_ANNOTATION } from './strip.ts';

/** What this program, the servers and Korifi's webhooks note for themselves. */
const IGNORED = [
  'status',
  'apiVersion',
  'metadata.ownerReferences',
  'metadata.finalizers',
  // Korifi's webhooks write these from the object itself, each release others of them.
  'metadata.labels["korifi.cloudfoundry.org/"*]',
  `metadata.annotations["${CREATED_ANNOTATION}"]`,
  `metadata.annotations["${RESTORED_ANNOTATION}"]`,
];

/**
 * The paths at which the live object lacks or contradicts what is wanted (an object as {@link forRestore} makes it),
 * in the wanted object's order. What only the live object has are defaults and other people's labels. A field that
 * a later step changes may hold its first or its last value already.
 */
export function differences(descriptor: KindDescriptor, wanted: KubeObject, live: KubeObject): string[] {
  const expected = structuredClone(wanted);
  const { start, ignoreInComparison = [] } = descriptor;
  for (const path of [...IGNORED, ...ignoreInComparison]) remove(expected, path);
  if (start && hasStarted(start, expected, live)) remove(expected, start.path);
  return [...lacks(expected as Json, live as Json, '')];
}

function hasStarted({ path, createAs, startAs }: StartRule, expected: KubeObject, live: KubeObject): boolean {
  return texts(expected, path)[0] === createAs && texts(live, path)[0] === startAs;
}

function* lacks(wanted: Json, live: Json | undefined, path: string): Generator<string> {
  if (live === undefined || live === null) {
    if (!isZero(wanted)) yield path;
  } else if (Array.isArray(wanted)) {
    if (!Array.isArray(live) || live.length !== wanted.length) yield path;
    else for (const [at, item] of wanted.entries()) yield* lacks(item, live[at], `${path}[${at}]`);
  } else if (isMap(wanted)) {
    if (!isMap(live)) yield path;
    else for (const [key, value] of Object.entries(wanted)) yield* lacks(value, live[key], below(path, key));
  } else if (wanted !== live && !(wanted === null && isZero(live))) yield path;
}

function isMap(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function below(path: string, key: string): string {
  if (!/^[A-Za-z0-9_-]+$/.test(key)) return `${path}["${key}"]`;
  return path === '' ? key : `${path}.${key}`;
}

/** Go's controllers leave zero values out when they write an object whole, so an absent field equals one. */
function isZero(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isMap(value)) return Object.values(value).every(isZero);
  return value === null || value === false || value === 0 || value === '';
}
