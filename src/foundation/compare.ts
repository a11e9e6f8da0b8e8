import type { Json, JsonObject, KubeObject } from '../base/object.ts';
import type { KindDescriptor } from './descriptor.ts';
import { remove, values } from './path.ts';
import type { StartRule } from './rules.ts';
import { isNotStarted } from './start.ts';
import { CREATED_ANNOTATION, RESTORED_ANNOTATION } from './strip.ts';
import { rulesFor } from './variants.ts';

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

/** Maps of which every key is state: what only the live object has is no default. */
const WHOLE = ['data', 'binaryData'];

/** A field in which a live object is not as it is wanted. */
export interface Difference {
  /** For people: `spec.destinations[0].port`. */
  readonly path: string;
  /** The same step by step; numbers are places in a list. */
  readonly keys: readonly (string | number)[];
  /** Undefined where it is to be absent, or is. */
  readonly wanted: Json | undefined;
  readonly live: Json | undefined;
}

interface Comparing {
  /** Whether a field that a later step changes has to hold its last value; it may hold either otherwise. */
  readonly isFinal?: boolean;
  /** Whether another version of its controllers made what is wanted: what it lacks may be their new defaults. */
  readonly isConverted?: boolean;
}

/**
 * The fields in which the live object lacks or contradicts what is wanted (an object as {@link forRestore} makes it),
 * in the wanted object's order; then what only the live object has in its `spec` and among the keys of Secrets and
 * ConfigMaps: the archive's was read from a server too, with its defaults. Labels and annotations that only the live
 * object has are other people's.
 */
export function differences(
  descriptor: KindDescriptor,
  wanted: KubeObject,
  live: KubeObject,
  { isFinal = false, isConverted = false }: Comparing = {},
): Difference[] {
  const expected = structuredClone(wanted);
  const { start, strip = [], ignoreInComparison = [] } = rulesFor(descriptor, wanted);
  const ignored = [...IGNORED, ...ignoreInComparison];
  if (start && !isFinal && hasStarted(start, expected, live)) ignored.push(start.path);
  for (const path of ignored) remove(expected, path);
  const whole = WHOLE.filter(map => !ignoreInComparison.includes(map));
  const present = isConverted ? {} : { spec: structuredClone(live.spec ?? {}) };
  for (const path of [...ignored, ...strip]) remove(present, path);
  return [
    ...lacks(expected as Json, live as Json, []),
    ...more((expected.spec ?? {}) as Json, (present.spec ?? {}) as Json, ['spec']),
    ...surplus(whole, expected, live),
  ];
}

/** Where the last value is whatever the source had, any value will do. */
function hasStarted(rule: StartRule, expected: KubeObject, live: KubeObject): boolean {
  if (!isNotStarted(rule, expected)) return false;
  return rule.startAs === undefined || values(live, rule.path)[0] === rule.startAs;
}

/** Whether a status that is written back says what the archive's does, as far as it decides anything. */
export function statusDifferences(
  { status }: KindDescriptor,
  wanted: JsonObject,
  live: JsonObject,
): Difference[] {
  const fields = status?.fields.filter(field => field !== 'conditions') ?? [];
  return fields.flatMap(field => [...lacks(wanted[field] ?? null, live[field], ['status', field])]);
}

function* surplus(maps: readonly string[], wanted: KubeObject, live: KubeObject): Generator<Difference> {
  for (const map of maps) {
    const [expected, present] = [wanted[map] ?? {}, live[map] ?? {}] as [Json, Json];
    if (!isMap(expected) || !isMap(present)) continue;
    for (const [key, value] of Object.entries(present)) {
      if (!Object.hasOwn(expected, key)) yield differ([map, key], undefined, value);
    }
  }
}

/** What only the live object has; lists of other lengths differ as a whole. */
function* more(wanted: Json, live: Json, at: Difference['keys']): Generator<Difference> {
  if (Array.isArray(wanted) && Array.isArray(live)) {
    if (wanted.length !== live.length) return;
    for (const [index, item] of live.entries()) yield* more(wanted[index] ?? null, item, [...at, index]);
  } else if (isMap(wanted) && isMap(live)) {
    for (const [key, value] of Object.entries(live)) {
      const known = Object.hasOwn(wanted, key) ? wanted[key] : undefined;
      if (known !== undefined && known !== null) yield* more(known, value, [...at, key]);
      else if (known === undefined && !isZero(value)) yield differ([...at, key], undefined, value);
    }
  }
}

function differ(keys: Difference['keys'], wanted: Json | undefined, live: Json | undefined): Difference {
  return { path: keys.reduce<string>(below, ''), keys, wanted, live };
}

function* lacks(wanted: Json, live: Json | undefined, at: Difference['keys']): Generator<Difference> {
  if (live === undefined || live === null) {
    if (!isZero(wanted)) yield differ(at, wanted, undefined);
  } else if (Array.isArray(wanted)) {
    if (!Array.isArray(live) || live.length !== wanted.length) yield differ(at, wanted, live);
    else for (const [index, item] of wanted.entries()) yield* lacks(item, live[index], [...at, index]);
  } else if (isMap(wanted)) {
    if (!isMap(live)) yield differ(at, wanted, live);
    else for (const [key, value] of Object.entries(wanted)) yield* lacks(value, live[key], [...at, key]);
  } else if (wanted !== live && !(wanted === null && isZero(live))) yield differ(at, wanted, live);
}

function isMap(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function below(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  if (!/^[A-Za-z0-9_-]+$/.test(key)) return `${path}["${key}"]`;
  return path === '' ? key : `${path}.${key}`;
}

/** Go's controllers leave zero values out when they write an object whole, so an absent field equals one. */
function isZero(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isMap(value)) return Object.values(value).every(isZero);
  return value === null || value === false || value === 0 || value === '';
}
