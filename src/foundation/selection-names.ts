import type { Selection } from '../archive/plan.ts';
import { Failure } from '../base/errors.ts';
import { nearMatches } from '../base/nearest.ts';
import type { NamedPlace } from './landscape.ts';

/** The orgs, spaces and apps that a selection names, by GUID. */
export interface Scope {
  readonly orgs: ReadonlySet<string>;
  readonly spaces: ReadonlySet<string>;
  readonly apps: ReadonlySet<string>;
}

/** What there is to choose from. */
interface NamedPlaces {
  readonly orgs: readonly NamedPlace[];
  readonly spaces: readonly NamedPlace[];
  readonly apps: readonly NamedPlace[];
}

const NEAR_MATCHES = 3;

/**
 * Finds what the names of a selection mean. A name without a path is looked for in what is named above it: with
 * `--org acme --space dev`, acme only says where to look. With a path (`acme/dev`) it stands for itself.
 *
 * @throws Failure `usage` for a name that nothing has, with those that are near.
 */
export function resolveNames({ orgs = [], spaces = [], apps = [] }: Selection, all: NamedPlaces): Scope {
  const theOrgs = find('org', orgs, all.orgs, undefined);
  const theSpaces = find('space', spaces, all.spaces, orgs.length > 0 ? theOrgs : undefined);
  const above = spaces.length > 0 ? theSpaces : orgs.length > 0 ? theOrgs : undefined;
  const theApps = find('app', apps, all.apps, above);
  const appsNarrow = apps.some(isBare);
  const orgsAreScope = spaces.some(isBare) || (appsNarrow && spaces.length === 0);
  return {
    orgs: guids(orgsAreScope ? [] : theOrgs),
    spaces: guids(appsNarrow ? [] : theSpaces),
    apps: guids(theApps),
  };
}

function guids(places: Iterable<NamedPlace>): Set<string> {
  return new Set([...places].map(({ guid }) => guid));
}

function isBare(pattern: string): boolean {
  return !pattern.includes('/');
}

function find(
  what: 'org' | 'space' | 'app',
  patterns: readonly string[],
  places: readonly NamedPlace[],
  above: ReadonlySet<NamedPlace> | undefined,
): Set<NamedPlace> {
  const found = new Set<NamedPlace>();
  for (const pattern of patterns) {
    const matches = matcher(pattern);
    const fitting = places.filter(place => namesOf(place).some(matches));
    const inside =
      isBare(pattern) && above !== undefined ? fitting.filter(place => isIn(place, above)) : fitting;
    if (inside.length === 0) throw unknown(what, pattern, fitting, places);
    for (const place of inside) found.add(place);
  }
  return found;
}

function isIn({ parent }: NamedPlace, above: ReadonlySet<NamedPlace>): boolean {
  return parent !== undefined && (above.has(parent) || isIn(parent, above));
}

/** `shop`, `dev/shop`, `acme/dev/shop`, each part as a name or as a GUID. */
function namesOf({ name, guid, parent }: NamedPlace): string[] {
  const own = [name, guid];
  const above = parent === undefined ? [] : namesOf(parent);
  return [...own, ...above.flatMap(path => own.map(last => `${path}/${last}`))];
}

/** Names are compared as Korifi does, whatever their case. Within a path a star ends at the slash. */
function matcher(pattern: string): (name: string) => boolean {
  const any = isBare(pattern) ? '.' : '[^/]';
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', `${any}*`)
    .replaceAll('?', any);
  const expression = new RegExp(`^${source}$`, 'isu');
  const plain = pattern.toLowerCase();
  return name => name.toLowerCase() === plain || expression.test(name);
}

function unknown(
  what: string,
  pattern: string,
  elsewhere: readonly NamedPlace[],
  places: readonly NamedPlace[],
): Failure {
  const near = nearMatches(
    pattern,
    places.map(place => (isBare(pattern) ? place.name : pathOf(place))),
    NEAR_MATCHES,
  );
  const hint =
    elsewhere.length > 0
      ? `there is one elsewhere: ${elsewhere.slice(0, NEAR_MATCHES).map(pathOf).join(', ')}`
      : near.length > 0
        ? `did you mean ${near.join(' or ')}?`
        : places.length === 0
          ? `there are no ${what}s at all`
          : `there are ${places.length} ${what}s, and none with a name like that`;
  const where = elsewhere.length > 0 ? ' in what was chosen above it' : '';
  return new Failure('usage', `there is no ${what} ${JSON.stringify(pattern.slice(0, 80))}${where}`, {
    hints: [hint],
  });
}

/** `acme/dev/shop` */
function pathOf({ name, parent }: NamedPlace): string {
  return parent === undefined ? name : `${pathOf(parent)}/${name}`;
}
