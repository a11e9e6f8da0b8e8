import { plural } from './format.ts';
import { page } from './report-parts.ts';
import type { InspectResult, LayoutResult } from './results/archive.ts';
import type { ListResult } from './results/foundation.ts';
import { table } from './text.ts';

const STATES: Readonly<Record<string, string>> = { STARTED: 'started', STOPPED: 'stopped' };
/** Where a row has nothing to say, as in kubectl. */
const NONE = '<none>';

/** A row for every app, and for every space and org without one; then the packages; then how many there are. */
export function listReport({ context, orgs, packages }: ListResult, wide: boolean): string {
  const spaces = orgs.flatMap(org => org.spaces);
  const apps = spaces.flatMap(space => space.apps);
  const rows = orgs.flatMap(org => {
    if (org.spaces.length === 0) return [[org.name, NONE, NONE, '', org.guid]];
    return org.spaces.flatMap(space => {
      if (space.apps.length === 0) return [[org.name, space.name, NONE, '', space.guid]];
      return space.apps.map(app => [
        org.name,
        space.name,
        app.name,
        STATES[app.state] ?? app.state,
        app.guid,
      ]);
    });
  });
  const installed = packages.map(({ namespace, name, version = NONE, package: of }) => [
    namespace,
    name,
    version,
    of,
  ]);
  const counts = [
    plural(orgs.length, 'org'),
    plural(spaces.length, 'space'),
    plural(apps.length, 'app'),
    ...(packages.length > 0 ? [plural(packages.length, 'installed package')] : []),
  ];
  return page(
    columns(rows, ['org', 'space', 'app', 'state', 'guid'], wide ? 5 : 4),
    columns(installed, ['namespace', 'installed', 'version', 'package'], wide ? 4 : 3),
    `${counts.join(', ')} in ${context}`,
  );
}

/** `org/acme`, `space/acme/dev`, `app/acme/dev/shop`, `package/tap/korifi`: behind the first slash, as flags take it. */
export function namesIn({ orgs, packages }: ListResult): string[] {
  return [...namesOf(orgs), ...packages.map(({ namespace, name }) => `package/${namespace}/${name}`)];
}

/** The same of an archive, and `image/REFERENCE`. */
export function namesInArchive({ orgs, packages, images }: InspectResult): string[] {
  const tree = orgs.map(({ name, spaces }) => ({
    name,
    spaces: spaces.map(space => ({ name: space.name, apps: space.apps.map(app => ({ name: app })) })),
  }));
  return [
    ...namesOf(tree),
    ...packages.map(({ name }) => `package/${name}`),
    ...images.map(({ reference }) => `image/${reference}`),
  ];
}

/** The same of what another program made. */
export function namesInLayout({ images }: LayoutResult): string[] {
  return images.map(({ name, digest }) => `image/${name ?? digest}`);
}

interface NamedTree {
  readonly name: string;
  readonly spaces: readonly { readonly name: string; readonly apps: readonly { readonly name: string }[] }[];
}

function namesOf(orgs: readonly NamedTree[]): string[] {
  return orgs.flatMap(org => [
    `org/${org.name}`,
    ...org.spaces.flatMap(space => [
      `space/${org.name}/${space.name}`,
      ...space.apps.map(app => `app/${org.name}/${space.name}/${app.name}`),
    ]),
  ]);
}

function columns(rows: readonly (readonly string[])[], headers: readonly string[], shown: number): string {
  if (rows.length === 0) return '';
  return table(
    rows.map(row => row.slice(0, shown)),
    headers.slice(0, shown),
  ).trimEnd();
}
