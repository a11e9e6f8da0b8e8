import type { Json, JsonObject, KubeObject } from '../base/object.ts';
import type { Difference } from './compare.ts';
import type { KindDescriptor } from './descriptor.ts';

/** How a live object becomes what is wanted. */
interface Update {
  /** A JSON merge patch (RFC 7396) of exactly the fields that differ and can be changed; undefined for none. */
  readonly patch: JsonObject | undefined;
  /** What stays different, since it cannot be changed. */
  readonly left: readonly Difference[];
}

/** Lists are written whole: a merge patch cannot say it otherwise. */
export function updateOf(
  { immutable = [] }: KindDescriptor,
  wanted: KubeObject,
  differing: readonly Difference[],
): Update {
  const left = differing.filter(({ path }) => immutable.some(fixed => isBelow(path, fixed)));
  const changed = differing.filter(difference => !left.includes(difference));
  if (changed.length === 0) return { patch: undefined, left };
  const patch: JsonObject = {};
  for (const { keys, wanted: value } of changed) {
    const list = keys.findIndex(key => typeof key === 'number');
    const path = (list < 0 ? keys : keys.slice(0, list)) as readonly string[];
    set(patch, path, (list < 0 ? value : valueAt(wanted as Json, path)) ?? null);
  }
  return { patch, left };
}

function isBelow(path: string, above: string): boolean {
  return path === above || path.startsWith(`${above}.`) || path.startsWith(`${above}[`);
}

function set(into: JsonObject, path: readonly string[], value: Json): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) {
    define(into, key, value);
    return;
  }
  if (!Object.hasOwn(into, key)) define(into, key, {});
  set(into[key] as JsonObject, rest, value);
}

/** Keys come from an archive: `__proto__` is one like any other. */
function define(into: JsonObject, key: string, value: Json): void {
  Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
}

function valueAt(object: Json, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((value, key) => (value as JsonObject | undefined)?.[key], object);
}
