import type { LeftOut } from '../archive/plan.ts';
import type { ObjectId } from '../base/object.ts';
import type { Place } from './landscape.ts';
import { type Chosen, Selector } from './selection.ts';
import { bringing, type GraphNode, type SelectionGraph } from './selection-graph.ts';
import { ImageIndex, type ImagesFacts } from './selection-images.ts';

/** What can be chosen, with what is in it. */
export interface Branch {
  readonly kind: 'installation' | 'org' | 'space' | 'app';
  /** Empty for the installation. */
  readonly guid: string;
  readonly name: string;
  /** Objects that belong to it and to nothing beside it. */
  readonly objects: number;
  /** Bytes of the layers of its images, each layer once. */
  readonly bytes: number;
  /** Of these, bytes of layers that something outside of it has as well. */
  readonly sharedBytes: number;
  /** Of an app: its users want it to run. */
  readonly isStarted: boolean;
  readonly children: readonly Branch[];
}

/** What a choice comes to. */
export interface Effect {
  /** What was brought along included. */
  readonly objects: number;
  readonly images: number;
  /** Layers, each once. */
  readonly bytes: number;
  /** What comes along although it belongs to nothing that was chosen: shared apps and services, domains, roles. */
  readonly brought: readonly { readonly id: ObjectId; readonly name: string }[];
  readonly leftOut: readonly LeftOut[];
}

/** A foundation to choose from: the tree that a person sees, and what each choice in it means. */
export class SelectionTree {
  readonly #graph: SelectionGraph;
  readonly #selector: Selector;
  readonly #images: ImageIndex;
  /** By number: the app to which an object belongs, else the org or space; undefined for what belongs to none. */
  readonly #owners: readonly (Place | undefined)[];

  constructor(graph: SelectionGraph, images: ImagesFacts) {
    this.#graph = graph;
    this.#selector = new Selector(graph);
    this.#images = new ImageIndex(graph, images);
    this.#owners = ownersOf(graph, this.#selector);
  }

  /** The installation, where there is one, and the orgs with their spaces and apps, by name. */
  branches(): Branch[] {
    const { orgs, spaces, apps } = this.#selector.landscape;
    const below = Map.groupBy([...spaces, ...apps], place => place.parent);
    const { objects, layers, total } = this.#contents();
    const branch = (place: Place | undefined): Branch & { readonly own: Map<number, number> } => {
      const children = place === undefined ? [] : (below.get(place) ?? []).map(branch);
      const own = new Map(layers.get(place));
      for (const child of children) for (const [layer, uses] of child.own) addTo(own, layer, uses);
      const shared = [...own].filter(([layer, uses]) => uses < (total.get(layer) ?? 0));
      return {
        kind: place?.kind ?? 'installation',
        guid: place?.guid ?? '',
        name: place?.name ?? 'installation',
        objects: (objects.get(place) ?? 0) + children.reduce((sum, child) => sum + child.objects, 0),
        bytes: this.#images.bytesOf(own.keys()),
        sharedBytes: this.#images.bytesOf(shared.map(([layer]) => layer)),
        isStarted: place?.node.isStarted ?? false,
        children,
        own,
      };
    };
    const installation = branch(undefined);
    return [...(installation.objects > 0 ? [installation] : []), ...orgs.map(branch)].map(bare);
  }

  /** Objects that are in no branch, since several name them: domains, roles, Secrets of the installation. */
  get shared(): number {
    const isShared = (node: GraphNode | undefined) =>
      node !== undefined && this.#owners[node.number] === undefined && !this.#selector.isInstallation(node);
    return this.#graph.nodes.filter(isShared).length;
  }

  /** By owner, `undefined` being the installation: how many objects, and how often which layer. */
  #contents() {
    const objects = new Map<Place | undefined, number>();
    for (const [number, node] of this.#graph.nodes.entries()) {
      const owner = this.#owners[number];
      if (node === undefined || (owner === undefined && !this.#selector.isInstallation(node))) continue;
      addTo(objects, owner, 1);
    }
    const layers = new Map<Place | undefined, Map<number, number>>();
    const total = new Map<number, number>();
    for (const [image, users] of this.#images.users.entries()) {
      for (const owner of new Set(users.map(user => this.#owners[user]))) {
        const own = layers.get(owner) ?? new Map<number, number>();
        layers.set(owner, own);
        for (const layer of this.#images.layersOf(image)) {
          addTo(own, layer, 1);
          addTo(total, layer, 1);
        }
      }
    }
    return { objects, layers, total };
  }

  /** A pure function of the choice; milliseconds for thousands of apps. */
  effect(chosen: Chosen): Effect {
    const { objects, taken, leftOut } = this.#selector.choose(chosen);
    const brought = this.#graph.nodes.filter(
      node => node !== undefined && taken[node.number] === 1 && !this.#isChosen(chosen.scope, node),
    ) as GraphNode[];
    return {
      objects,
      ...this.#images.of(taken),
      brought: brought.map(({ id, displayName }) => ({ id, name: displayName ?? id.name })),
      leftOut,
    };
  }

  #isChosen(scope: Chosen['scope'], node: GraphNode): boolean {
    if (scope === undefined) return true;
    const owner = this.#owners[node.number];
    if (owner === undefined) return scope.installation && this.#selector.isInstallation(node);
    for (let place: Place | undefined = owner; place !== undefined; place = place.parent) {
      if (scope[`${place.kind}s`].has(place.guid)) return true;
    }
    return false;
  }
}

function bare({ own: _, children, ...branch }: Branch & { own?: unknown }): Branch {
  return { ...branch, children: children.map(bare) };
}

function addTo<K>(counts: Map<K, number>, key: K, number: number): void {
  counts.set(key, (counts.get(key) ?? 0) + number);
}

/**
 * What an object is a part of: an app, where it is of one only (its environment is, a route to two apps is not); else
 * the space or org in whose namespace it is.
 */
function ownersOf(graph: SelectionGraph, selector: Selector): (Place | undefined)[] {
  const owners = graph.nodes.map(node => (node === undefined ? undefined : selector.homeOf(node)));
  const apps = new Map(selector.landscape.apps.map(place => [place.node.number, place]));
  for (const [number, place] of apps) owners[number] = place;
  const parts = new Map<number, Place | undefined>();
  for (const { from, to, rule } of graph.references()) {
    const app = apps.get(to);
    if (app === undefined || bringing(rule) !== 'both') continue;
    parts.set(from, parts.has(from) && parts.get(from) !== app ? undefined : app);
  }
  for (const [part, app] of parts) if (app !== undefined) owners[part] = app;
  const shared = new Map<number, Place | undefined>();
  for (const { from, to } of graph.references()) {
    if (graph.nodes[to]?.descriptor.keep !== 'referenced') continue;
    const owner = owners[from];
    shared.set(to, shared.has(to) && shared.get(to) !== owner ? undefined : owner);
  }
  for (const [number, owner] of shared) if (owner?.kind === 'app') owners[number] = owner;
  return owners;
}
