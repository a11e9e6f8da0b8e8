import type { KubeObject } from '../base/object.ts';
import { texts } from './path.ts';

interface AppNode {
  readonly guid: string;
  readonly name: string;
  /** The state that its users want: `STARTED` or `STOPPED`. */
  readonly state: string;
}

interface SpaceNode {
  readonly guid: string;
  readonly name: string;
  readonly apps: readonly AppNode[];
}

export interface OrgNode {
  readonly guid: string;
  readonly name: string;
  readonly spaces: readonly SpaceNode[];
}

/**
 * Orgs › spaces › apps, each by name. A space whose org is missing from the objects, or an app whose space is, is
 * left out.
 */
export function treeOf(objects: Iterable<KubeObject>): OrgNode[] {
  const orgs: KubeObject[] = [];
  const spaces = new Map<string, KubeObject[]>();
  const apps = new Map<string, KubeObject[]>();
  for (const object of objects) {
    if (object.kind === 'CFOrg') orgs.push(object);
    if (object.kind === 'CFSpace') addTo(spaces, object);
    if (object.kind === 'CFApp') addTo(apps, object);
  }
  const spacesIn = (org: string) =>
    named(spaces.get(org)).map(space => ({ ...space, apps: named(apps.get(space.guid)).map(appNode) }));
  return named(orgs).map(({ guid, name }) => ({ guid, name, spaces: spacesIn(guid).map(spaceNode) }));
}

interface Named {
  readonly guid: string;
  readonly name: string;
  readonly object: KubeObject;
}

function addTo(byNamespace: Map<string, KubeObject[]>, object: KubeObject): void {
  const { namespace = '' } = object.metadata;
  const siblings = byNamespace.get(namespace);
  if (siblings) siblings.push(object);
  else byNamespace.set(namespace, [object]);
}

function named(objects: readonly KubeObject[] = []): Named[] {
  return objects
    .map(object => ({
      guid: object.metadata.name,
      name: texts(object, 'spec.displayName')[0] ?? object.metadata.name,
      object,
    }))
    .sort((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1));
}

function spaceNode({ guid, name, apps }: Named & { apps: AppNode[] }): SpaceNode {
  return { guid, name, apps };
}

function appNode({ guid, name, object }: Named): AppNode {
  return { guid, name, state: texts(object, 'spec.desiredState')[0] ?? 'STOPPED' };
}
