import type { Json, JsonObject, KubeObject } from '../base/object.ts';

/**
 * A tiny language for places in an object:
 * - `spec.appRef.name`: fields;
 * - `spec.destinations[].appRef.name`: every element of a list;
 * - `spec.spaces{}`: the keys of a map, as values;
 * - `metadata.annotations["a.example.com/b"]`: a field whose name has dots;
 * - `metadata.annotations["a.example.com/b"*]`: every field whose name starts so.
 */
type Segment =
  | { readonly is: 'field'; readonly name: string }
  | { readonly is: 'prefix'; readonly name: string }
  | { readonly is: 'elements' }
  | { readonly is: 'keys' };

/** One place that a path leads to: the list or map that holds it, and under which index or key. */
export interface Place {
  readonly holder: Json[] | JsonObject;
  readonly at: number | string;
  readonly value: Json;
  /** A key of the holder is meant, not what stands under it. */
  readonly isKey: boolean;
  /** The concrete path, for people: `spec.fetch[0].image.url`. */
  readonly path: string;
}

/** A path as it is walked. */
interface Steps {
  /** The fields that it begins with; of most paths these are all. They are walked without making anything. */
  readonly lead: readonly string[];
  /** The same as a concrete path. */
  readonly shown: string;
  readonly rest: readonly Segment[];
}

const PART = /\.?([A-Za-z0-9_-]+)|\["([^"\]]+)"(\*?)\]|(\[\])|(\{\})/y;
const parsed = new Map<string, Steps>();

function parse(path: string): Steps {
  const known = parsed.get(path);
  if (known) return known;
  const segments: Segment[] = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < path.length) {
    const match = PART.exec(path);
    if (!match) throw new TypeError(`not a path: ${path}`);
    const [, plain, quoted, star, elements] = match;
    const name = plain ?? quoted;
    if (name !== undefined) segments.push({ is: star ? 'prefix' : 'field', name });
    else segments.push({ is: elements ? 'elements' : 'keys' });
  }
  const fields = segments.findIndex(({ is }) => is !== 'field');
  const rest = fields < 0 ? [] : segments.splice(fields);
  const lead = segments.flatMap(segment => (segment.is === 'field' ? segment.name : []));
  const steps = { lead, shown: lead.reduce(nameIn, ''), rest };
  parsed.set(path, steps);
  return steps;
}

function isMap(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameIn(path: string, name: string): string {
  if (!/^[A-Za-z0-9_-]+$/.test(name)) return `${path}["${name}"]`;
  return path === '' ? name : `${path}.${name}`;
}

function step(from: Place, segment: Segment): Place[] {
  const { value: holder, path } = from;
  if (segment.is === 'elements') {
    if (!Array.isArray(holder)) return [];
    return holder.map((value, at) => ({ holder, at, value, isKey: false, path: `${path}[${at}]` }));
  }
  if (!isMap(holder)) return [];
  if (segment.is === 'keys') {
    return Object.keys(holder).map(at => ({ holder, at, value: at, isKey: true, path: nameIn(path, at) }));
  }
  const names = segment.is === 'field' ? [segment.name] : matching(holder, segment.name);
  const places: Place[] = [];
  for (const at of names) {
    const value = Object.hasOwn(holder, at) ? holder[at] : undefined;
    if (value !== undefined) places.push({ holder, at, value, isKey: false, path: nameIn(path, at) });
  }
  return places;
}

function matching(holder: JsonObject, prefix: string): string[] {
  return Object.keys(holder)
    .filter(name => name.startsWith(prefix))
    .sort();
}

/** Every place that the path leads to in this object, in the object's order. */
export function places(object: KubeObject | Json, path: string): Place[] {
  const { lead, shown, rest } = parse(path);
  let holder: Json[] | JsonObject = [object as Json];
  let at: number | string = 0;
  let value = object as Json;
  for (const name of lead) {
    if (!isMap(value) || !Object.hasOwn(value, name)) return [];
    holder = value;
    at = name;
    value = value[name] as Json;
  }
  let found: Place[] = value === undefined ? [] : [{ holder, at, value, isKey: false, path: shown }];
  for (const segment of rest) found = found.flatMap(place => step(place, segment));
  return found;
}

/** The values at the path; none where it leads nowhere. */
export function values(object: KubeObject | Json, path: string): Json[] {
  return places(object, path).map(place => place.value);
}

/** The texts at the path that are not empty. */
export function texts(object: KubeObject | Json, path: string): string[] {
  return values(object, path).filter(value => typeof value === 'string' && value !== '') as string[];
}

/** What stands in the field of this name beside the value at a place. */
export function beside(place: Place, name: string): Json | undefined {
  if (Array.isArray(place.holder)) return undefined;
  return Object.hasOwn(place.holder, name) ? place.holder[name] : undefined;
}

/** Changes the values at the path, in place. Of a map's keys, the new key takes the old one's position. */
export function replace(object: KubeObject | Json, path: string, change: (value: Json) => Json): void {
  for (const { holder, at, value, isKey } of places(object, path)) {
    const changed = change(value);
    if (isKey) renameKey(holder as JsonObject, String(at), String(changed));
    else if (Array.isArray(holder)) holder[at as number] = changed;
    else holder[at] = changed;
  }
}

function renameKey(map: JsonObject, from: string, to: string): void {
  if (from === to) return;
  const entries = Object.entries(map);
  for (const key of Object.keys(map)) delete map[key];
  for (const [key, value] of entries) {
    const name = key === from ? to : key;
    Object.defineProperty(map, name, { value, enumerable: true, configurable: true, writable: true });
  }
}

/** Takes the values at the path out, in place. */
export function remove(object: KubeObject | Json, path: string): void {
  for (const { holder, at } of places(object, path).reverse()) {
    if (Array.isArray(holder)) holder.splice(at as number, 1);
    else delete holder[at];
  }
}
