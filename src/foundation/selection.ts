import type { LeftOut, Selection } from '../archive/plan.ts';
import { Failure } from '../base/errors.ts';
import { type ObjectId, showId } from '../base/object.ts';
import { kindKey } from './catalog.ts';
import { historyLeftOut } from './history.ts';
import { type LabelTest, parseLabelSelector } from './label-selector.ts';
import { type Landscape, landscapeOf, type Place } from './landscape.ts';
import type { GraphNode, SelectionGraph } from './selection-graph.ts';
import { resolveNames, type Scope } from './selection-names.ts';
import { namespacesNamed } from './selection-namespaces.ts';

/** How many of the objects that name something left out are named themselves. */
const USERS_NAMED = 3;

/** What a selection comes to. It is closed: what it takes finds here everything that brings it along or that it needs. */
export interface Selected {
  /** Objects, what was brought along included. */
  readonly objects: number;
  readonly has: (id: ObjectId) => boolean;
  /** 1 at the number of each node that is taken, see {@link SelectionGraph}. */
  readonly taken: Uint8Array;
  /** What is in the foundation, is named by something taken, and is not taken itself. */
  readonly leftOut: readonly LeftOut[];
}

/** What is chosen within a foundation, by GUID; `undefined` is everything that the filters leave. */
export interface Chosen {
  readonly scope: (Scope & { readonly installation: boolean }) | undefined;
  readonly filters: Pick<
    Selection,
    'namespaces' | 'labels' | 'include' | 'exclude' | 'droplets' | 'history'
  > & {
    readonly installation?: boolean | undefined;
  };
}

/** Whether it leaves any object out; images may stay behind without that. */
export function choosesObjects({ images: _, ...objects }: Selection): boolean {
  return Object.keys(objects).length > 0;
}

/** Chooses parts of one foundation, as often as wanted: a choice costs O(objects + references). */
export class Selector {
  readonly landscape: Landscape;
  readonly #graph: SelectionGraph;
  #history: { readonly by: string; readonly out: ReadonlySet<number> } | undefined;

  constructor(graph: SelectionGraph) {
    this.#graph = graph;
    this.landscape = landscapeOf(graph);
  }

  /** @throws Failure `usage` for names that nothing has, and for a selection of nothing. */
  select(selection: Selection): Selected {
    const { orgs, spaces, apps, installation, ...filters } = selection;
    const named = [orgs, spaces, apps].some(names => names !== undefined) || installation === true;
    const scope = named
      ? { ...resolveNames(selection, this.landscape), installation: installation === true }
      : undefined;
    const selected = this.choose({ scope, filters: { ...filters, installation } });
    if (selected.objects > 0) return selected;
    throw new Failure('usage', 'the selection has nothing in it', {
      hints: ['leave one of its flags out; see inspect for what an archive holds'],
    });
  }

  /** What a selection comes to where its names may be missing: nothing then. */
  within(selection: Selection): (id: ObjectId) => boolean {
    try {
      return this.select(selection).has;
    } catch (error) {
      if (error instanceof Failure && error.code === 'usage') return () => false;
      throw error;
    }
  }

  choose({ scope, filters }: Chosen): Selected {
    const graph = this.#graph;
    const out = this.#outOf(filters);
    const passes = this.#filter(filters);
    const seeds = graph.nodes.flatMap(node =>
      node !== undefined && passes(node) && this.#isIn(scope, node) ? [node.number] : [],
    );
    const taken = graph.closure(seeds, number => {
      const node = graph.nodes[number];
      return node !== undefined && out(node);
    });
    let objects = 0;
    for (const [number, node] of graph.nodes.entries()) if (node && taken[number] === 1) objects++;
    const has = (id: ObjectId) => taken[graph.find(id)?.number ?? -1] === 1;
    return { objects, has, taken, leftOut: leftOut(graph, taken) };
  }

  /** The org or space in whose namespace an object is, or which it is itself. */
  homeOf({ id }: GraphNode): Place | undefined {
    const ownsNamespace = id.kind === 'CFOrg' || id.kind === 'CFSpace';
    return this.landscape.byNamespace.get((ownsNamespace ? id.name : id.namespace) ?? '');
  }

  /** What installs the foundation and is not CF's; shared kinds are what whoever names them is. */
  isInstallation(node: GraphNode): boolean {
    return !node.isCf && node.descriptor.keep !== 'referenced' && this.homeOf(node) === undefined;
  }

  #isIn(scope: Chosen['scope'], node: GraphNode): boolean {
    if (scope === undefined) return true;
    if (node.id.kind === 'CFApp' && scope.apps.has(node.id.name)) return true;
    const home = this.homeOf(node);
    if (home === undefined) return scope.installation && this.isInstallation(node);
    return (
      scope.spaces.has(home.guid) || scope.orgs.has(home.guid) || scope.orgs.has(home.parent?.guid ?? '')
    );
  }

  /** Which nodes nothing brings along. */
  #outOf({ exclude = [], installation, droplets, history }: Chosen['filters']): (node: GraphNode) => boolean {
    const kinds = new Set(exclude);
    const by = `${droplets} ${history}`;
    if (this.#history?.by !== by) {
      this.#history = { by, out: historyLeftOut(this.#graph, { droplets, history }) };
    }
    const old = this.#history.out;
    return node =>
      kinds.has(kindKey(node.descriptor)) ||
      old.has(node.number) ||
      (installation === false && this.isInstallation(node));
  }

  /** Which nodes are chosen for their own sake, whatever the scope. */
  #filter({ namespaces, labels, include, installation }: Chosen['filters']): (node: GraphNode) => boolean {
    const tests: ((node: GraphNode) => boolean)[] = [];
    if (namespaces !== undefined) tests.push(namespacesNamed(namespaces, this.#graph));
    if (labels !== undefined) tests.push(labelled(parseLabelSelector(labels)));
    if (include !== undefined) {
      const kinds = new Set(include);
      tests.push(({ descriptor }) => kinds.has(kindKey(descriptor)));
    }
    // Secrets outside of orgs and spaces belong to whoever names them: they come along with it.
    if (installation === false) {
      tests.push(node => node.isCf || this.homeOf(node) !== undefined || include !== undefined);
    }
    return node => tests.every(test => test(node));
  }
}

function labelled(test: LabelTest): (node: GraphNode) => boolean {
  return ({ labels = {} }) => test(labels);
}

/** Namespaces are not told of: those of orgs and spaces come with them, and others are made where they are missing. */
function leftOut(graph: SelectionGraph, taken: Uint8Array): LeftOut[] {
  const byTarget = new Map<number, Set<number>>();
  for (const { from, to } of graph.references()) {
    const target = graph.nodes[to];
    if (taken[from] !== 1 || taken[to] === 1 || target === undefined) continue;
    if (target.id.kind === 'Namespace') continue;
    const users = byTarget.get(to);
    if (users) users.add(from);
    else byTarget.set(to, new Set([from]));
  }
  const show = (number: number) => {
    const node = graph.nodes[number];
    return node === undefined ? '' : showId(node.id);
  };
  return [...byTarget]
    .map(([number, users]) => ({
      subject: show(number),
      usedBy: [...users].map(show).sort().slice(0, USERS_NAMED),
      users: users.size,
    }))
    .sort((a, b) => (a.subject < b.subject ? -1 : 1));
}
