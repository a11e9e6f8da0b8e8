import { type Digest, isDigest } from '../base/digest.ts';

/**
 * Checks that a value of unknown make is a `T` and makes a new one of it, with the keys of its objects in the order
 * in which the shape lists them. The path says where in the document the value stands.
 */
export type Shape<T> = (value: unknown, path: string) => T;

/** What a shape found wrong, with the path: `images[3].digest is not a digest`. */
export class ShapeError extends Error {}

export const text: Shape<string> = (value, path) =>
  typeof value === 'string' ? value : fail(path, 'is not a string');

/** A size or a count. */
export const count: Shape<number> = (value, path) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? value
    : fail(path, 'is not a whole number of zero or more');

export const bool: Shape<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : fail(path, 'is not true or false');

/** A member that is stated only where it is not the case. */
export const no: Shape<false> = (value, path) => (value === false ? value : fail(path, 'is not false'));

export const digest: Shape<Digest> = (value, path) =>
  typeof value === 'string' && isDigest(value) ? value : fail(path, 'is not a digest');

/** A string of a certain form; `what` says in words of which. */
export function matching(pattern: RegExp, what: string): Shape<string> {
  return (value, path) =>
    typeof value === 'string' && pattern.test(value) ? value : fail(path, `is not ${what}`);
}

/** One of a few values. */
export function oneOf<T extends string | number>(...allowed: readonly T[]): Shape<T> {
  return (value, path) =>
    allowed.find(one => one === value) ?? fail(path, `is not ${allowed.map(one => `"${one}"`).join(' or ')}`);
}

/** A list in which everything has one shape. */
export function list<T>(item: Shape<T>): Shape<T[]> {
  return (value, path) =>
    Array.isArray(value) ? value.map((one, at) => item(one, `${path}[${at}]`)) : fail(path, 'is not a list');
}

/** The shape of a member that may be absent; see {@link optional}. */
export interface Optional<T> {
  readonly optional: Shape<T>;
}

/** A member that may be absent. */
export function optional<T>(shape: Shape<T>): Optional<T> {
  return { optional: shape };
}

/** A shape for every member: an {@link Optional} exactly where the member is optional. */
type Members<T> = {
  [K in keyof T]-?: object extends Pick<T, K> ? Optional<NonNullable<T[K]>> : Shape<T[K]>;
};

/** An object with these members; members that it does not list are left out. */
export function object<T extends object>(members: Members<T>): Shape<T> {
  const shapes = Object.entries<Shape<unknown> | Optional<unknown>>(members);
  return (value, path) => {
    const members = membersOf(value, path);
    const result: Record<string, unknown> = {};
    for (const [name, shape] of shapes) {
      const at = path === '' ? name : `${path}.${name}`;
      if (typeof shape === 'function') result[name] = shape(members[name], at);
      else if (members[name] !== undefined) result[name] = shape.optional(members[name], at);
    }
    return result as T;
  };
}

/** Adds a condition over a whole value: the check returns what is wrong with it, or nothing. */
export function where<T>(shape: Shape<T>, check: (value: T) => string | undefined): Shape<T> {
  return (value, path) => {
    const result = shape(value, path);
    const wrong = check(result);
    return wrong === undefined ? result : fail(path, wrong);
  };
}

function membersOf(value: unknown, path: string): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : fail(path, 'is not an object');
}

function fail(path: string, wrong: string): never {
  throw new ShapeError(`${path === '' ? 'it' : path} ${wrong}`);
}
