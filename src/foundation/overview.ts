import type { Selection } from '../archive/plan.ts';
import type { KubeObject } from '../base/object.ts';
import type { NamedPlace } from './landscape.ts';
import { texts } from './path.ts';
import { resolveNames } from './selection-names.ts';
import { type OrgNode, treeOf } from './tree.ts';

/** The kinds that a foundation is known by: few and small objects, none of them secret. */
export const OVERVIEW_KINDS: readonly string[] = ['CFOrg', 'CFSpace', 'CFApp', 'PackageInstall'];

/** Something that is installed by a package. */
interface InstalledPackage {
  readonly namespace: string;
  readonly name: string;
  /** Of which package. */
  readonly package: string;
  /** What runs now; absent before it is installed. */
  readonly version?: string;
}

/** What a foundation is made of, as people know it. */
export interface Overview {
  readonly orgs: readonly OrgNode[];
  readonly packages: readonly InstalledPackage[];
}

/**
 * Orgs › spaces › apps and the installed packages among objects of {@link OVERVIEW_KINDS}. Orgs, spaces or apps that are
 * chosen leave out the rest, packages too.
 * @throws Failure `usage` for a name that nothing has
 */
export function overviewOf(objects: readonly KubeObject[], chosen: Selection = {}): Overview {
  const orgs = treeOf(objects);
  if ([chosen.orgs, chosen.spaces, chosen.apps].every(names => names === undefined)) {
    return { orgs, packages: objects.filter(({ kind }) => kind === 'PackageInstall').map(packageOf) };
  }
  const scope = resolveNames(chosen, placesIn(orgs));
  const isIn = (places: ReadonlySet<string>) => (node: { readonly guid: string }) => places.has(node.guid);
  const narrowed = orgs.map(org => ({
    ...org,
    spaces: org.spaces.flatMap(space => {
      if (isIn(scope.orgs)(org) || isIn(scope.spaces)(space)) return [space];
      const apps = space.apps.filter(isIn(scope.apps));
      return apps.length === 0 ? [] : [{ ...space, apps }];
    }),
  }));
  return { orgs: narrowed.filter(org => isIn(scope.orgs)(org) || org.spaces.length > 0), packages: [] };
}

function placesIn(tree: readonly OrgNode[]) {
  const orgs: NamedPlace[] = [];
  const spaces: NamedPlace[] = [];
  const apps: NamedPlace[] = [];
  for (const { guid, name, spaces: inside } of tree) {
    const org: NamedPlace = { kind: 'org', guid, name };
    orgs.push(org);
    for (const child of inside) {
      const space: NamedPlace = { kind: 'space', guid: child.guid, name: child.name, parent: org };
      spaces.push(space);
      for (const app of child.apps) apps.push({ kind: 'app', guid: app.guid, name: app.name, parent: space });
    }
  }
  return { orgs, spaces, apps };
}

function packageOf(install: KubeObject): InstalledPackage {
  const [version] = texts(install, 'status.version');
  return {
    namespace: install.metadata.namespace ?? '',
    name: install.metadata.name,
    package: texts(install, 'spec.packageRef.refName')[0] ?? '',
    ...(version !== undefined && { version }),
  };
}
