import type { GraphNode, SelectionGraph } from './selection-graph.ts';

/** An org, a space or an app, by its names. */
export interface NamedPlace {
  readonly kind: 'org' | 'space' | 'app';
  readonly guid: string;
  readonly name: string;
  /** Undefined for orgs, and where what it is in is not there. */
  readonly parent?: NamedPlace;
}

/** The same, in a graph. */
export interface Place extends NamedPlace {
  readonly node: GraphNode;
  readonly parent?: Place;
}

/** Where CF's objects are. */
export interface Landscape {
  readonly orgs: readonly Place[];
  readonly spaces: readonly Place[];
  readonly apps: readonly Place[];
  /** The org or space whose namespace this is. */
  readonly byNamespace: ReadonlyMap<string, Place>;
}

/** Orgs, spaces and apps, each by name. */
export function landscapeOf(graph: SelectionGraph): Landscape {
  const byNamespace = new Map<string, Place>();
  const places = (kind: Place['kind'], ofKind: string) => {
    const found = graph.nodes.filter(node => node?.id.kind === ofKind && node.isCf) as GraphNode[];
    return found.map((node): Place => {
      const parent = byNamespace.get(node.id.namespace ?? '');
      const place = { kind, guid: node.id.name, name: node.displayName ?? node.id.name, node };
      return parent === undefined ? place : { ...place, parent };
    });
  };
  const orgs = places('org', 'CFOrg').sort(byName);
  for (const org of orgs) byNamespace.set(org.guid, org);
  const spaces = places('space', 'CFSpace').sort(byName);
  for (const space of spaces) byNamespace.set(space.guid, space);
  return { orgs, spaces, apps: places('app', 'CFApp').sort(byName), byNamespace };
}

function byName(a: Place, b: Place): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.guid < b.guid ? -1 : 1;
}
