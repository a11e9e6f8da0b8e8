import { isDeepStrictEqual } from 'node:util';
import { ADAPTER_VALUES } from './authorities.ts';
import type { ImageMap } from './image-map.ts';
import { rewriteValues } from './values.ts';
import { type Scalar, scalarsOf, withValues } from './yaml-text.ts';

/** What is called otherwise on the target, as far as values name it. */
export interface ValueMoves {
  readonly images: ImageMap;
  /** The domain's name on the target; the same where it does not move. */
  domain(name: string): string;
  /** The login for a registry of the target; undefined where none is known. */
  login(registry: string): { readonly username: string; readonly password: string } | undefined;
  /** PEM certificates by which the target's registries are signed; undefined where that is not known. */
  readonly authorities: string | undefined;
}

/** The domains of ASA's values. */
const DOMAINS = ['api_ingress.fqdn', 'app_ingress.default_domain'];
/** The registry of ASA 1.0, in parts that make a repository only together. */
const HOST = 'app_registry.hostname';
const PATHS = ['app_registry.path.droplets', 'app_registry.path.packages'];
/** The registry of ASA 1.1 and later. */
const PREFIX = 'app_registry.repository_prefix';

/** Keys beside which `username` and `password` are a registry's. */
const REGISTRY = /^(?:server|registry|host(?:name)?|repository(?:_prefix)?|project_path)$/i;
const CREDENTIAL = /^(?:(.+)_)?(username|password)$/i;
const PEM = '-----BEGIN CERTIFICATE-----';

/**
 * Rewrites a file of package values as text, so that comments, order and quoting stay. Keys of the adapter's values
 * mean what its documentation says (`repository_prefix`; or `hostname` and paths, which only together are a
 * repository; domains; the registry's authority); elsewhere whatever a rule for images covers moves. No key changes.
 *
 *     a registry that comes to another host → the credentials beside it become the login for that one; where none is
 *                                             known they are emptied: the source's are offered to nobody else
 *     no YAML                               → its words, line by line
 *
 * @returns the text, and the paths of what was changed
 */
export function rewriteDocument(text: string, moves: ValueMoves): { text: string; paths: string[] } {
  const scalars = scalarsOf(text);
  if (scalars === undefined) {
    const rewritten = rewriteValues(text, moves.images);
    return { text: rewritten, paths: rewritten === text ? [] : [''] };
  }
  const changes = new Map<Scalar, string>();
  const set = (scalar: Scalar | undefined, value: string | undefined) => {
    if (scalar !== undefined && value !== undefined && value !== scalar.value) changes.set(scalar, value);
  };
  const split = splitRegistry(scalars, moves);
  for (const scalar of scalars) set(scalar, split.get(scalar) ?? moved(scalar, moves));
  for (const [scalar, value] of [...changes]) {
    const host = movedTo(scalar.value, value);
    if (host === undefined) continue;
    for (const [beside, login] of credentials(scalars, scalar, moves.login(host))) set(beside, login);
  }
  for (const [scalar, value] of authority(scalars, changes, moves)) set(scalar, value);
  return { text: checked(text, scalars, changes), paths: [...changes.keys()].map(({ path }) => path) };
}

/** A text that cannot be put so that it reads back as meant is left as it was, and its place is not told. */
function checked(text: string, scalars: readonly Scalar[], changes: Map<Scalar, string>): string {
  const result = withValues(text, changes);
  const read = scalarsOf(result)?.map(({ path, value }) => [path, value]);
  const wanted = scalars.map(scalar => [scalar.path, changes.get(scalar) ?? scalar.value]);
  if (isDeepStrictEqual(read, wanted)) return result;
  changes.clear();
  return text;
}

function moved({ path, value }: Scalar, moves: ValueMoves): string | undefined {
  if (isOneOf(path, DOMAINS)) return moves.domain(value);
  if (CREDENTIAL.test(keyOf(path)) || value.includes(PEM)) return undefined;
  return rewriteValues(value, moves.images);
}

/** ASA 1.0: both paths have to come to one host, or all stays. Without paths the host is as any other. */
function splitRegistry(scalars: readonly Scalar[], { images }: ValueMoves): Map<Scalar, string> {
  const host = scalars.find(({ path }) => isOneOf(path, [HOST]));
  const paths = scalars.filter(({ path }) => isOneOf(path, PATHS));
  if (host === undefined || paths.length === 0) return new Map();
  const parts = paths.map(path => {
    const [, newHost = '', rest = path.value] =
      /^([^/]+)\/(.+)$/.exec(images.mapRepository(`${host.value}/${path.value}`) ?? '') ?? [];
    return { path, newHost, rest };
  });
  const [first] = parts;
  if (!first?.newHost || parts.some(({ newHost }) => newHost !== first.newHost)) {
    return new Map([host, ...paths].map(scalar => [scalar, scalar.value]));
  }
  return new Map([[host, first.newHost], ...parts.map(({ path, rest }) => [path, rest] as const)]);
}

/** The names and passwords that go with a registry, and what they become. */
function* credentials(
  scalars: readonly Scalar[],
  { path }: Scalar,
  login: { username: string; password: string } | undefined,
): Generator<[Scalar, string]> {
  const key = keyOf(path);
  const map = path.slice(0, path.length - key.length);
  for (const scalar of scalars) {
    const [name, of, part = ''] = CREDENTIAL.exec(keyOf(scalar.path)) ?? [];
    if (name === undefined || scalar.path !== map + name) continue;
    if (of === undefined ? !REGISTRY.test(key) : of !== key) continue;
    yield [scalar, login?.[part.toLowerCase() as 'username' | 'password'] ?? ''];
  }
}

function keyOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

/** The registry's authority is the target's once the registry is. It stands as PEM or as that in base64. */
function* authority(
  scalars: readonly Scalar[],
  changes: ReadonlyMap<Scalar, string>,
  { authorities }: ValueMoves,
): Generator<[Scalar, string]> {
  const registry = [...changes].find(([{ path }]) => isOneOf(path, [PREFIX, HOST]));
  if (authorities === undefined || registry === undefined) return;
  if (movedTo(registry[0].value, registry[1]) === undefined) return;
  for (const scalar of scalars) {
    if (!isOneOf(scalar.path, ADAPTER_VALUES)) continue;
    const isPem = scalar.value.includes(PEM);
    yield [scalar, isPem ? authorities : Buffer.from(authorities).toString('base64')];
  }
}

/** Also where another package has the adapter's values below a key of its own. */
function isOneOf(path: string, paths: readonly string[]): boolean {
  return paths.some(one => path === one || path.endsWith(`.${one}`));
}

/** The host that a place came to, when it is another one. */
function movedTo(before: string, after: string): string | undefined {
  const [from, to] = [before, after].map(hostOf);
  return from === to || /\s/.test(after) ? undefined : to;
}

function hostOf(place: string): string {
  return place.replace(/^[a-z]+:\/\//, '').replace(/\/.*$/s, '');
}
