import type { Selection } from '../archive/plan.ts';
import type { GraphNode, SelectionGraph } from './selection-graph.ts';

type History = Pick<{ [K in keyof Selection]: Selection[K] | undefined }, 'droplets' | 'history'>;

/**
 * The builds and packages that a selection without history leaves out, by number. A package stays with each build
 * that was made from it and stays; an app for which none stays so (never staged, say) keeps its newest one.
 */
export function historyLeftOut(graph: SelectionGraph, { droplets, history }: History): ReadonlySet<number> {
  if (droplets === undefined && history === undefined) return new Set();
  const { current, packageOf, appOf } = ties(graph);
  const stays = (build: GraphNode) =>
    current.has(build.number) || (build.hasDroplet ? droplets !== 'current' : history !== false);
  const builds = ofKind(graph, 'CFBuild');
  const packages = ofKind(graph, 'CFPackage');
  const out = new Set(builds.filter(build => !stays(build)).map(({ number }) => number));
  const used = new Set(builds.filter(stays).map(({ number }) => packageOf.get(number)));
  if (history === false) {
    const served = new Set(
      packages.filter(({ number }) => used.has(number)).map(one => appOf.get(one.number)),
    );
    const newest = new Map<number | undefined, GraphNode>();
    for (const one of packages) {
      const app = appOf.get(one.number);
      if (one.createdAt >= (newest.get(app)?.createdAt ?? '')) newest.set(app, one);
    }
    for (const one of packages) {
      const app = appOf.get(one.number);
      const isNeeded = used.has(one.number) || (!served.has(app) && newest.get(app) === one);
      if (!isNeeded) out.add(one.number);
    }
  }
  return out;
}

/** How apps, builds and packages hang together, by number. */
function ties(graph: SelectionGraph) {
  const current = new Set<number>();
  const packageOf = new Map<number, number>();
  const appOf = new Map<number, number>();
  for (const { from, to } of graph.references()) {
    const [source, target] = [graph.nodes[from]?.id.kind, graph.nodes[to]?.id.kind];
    if (source === 'CFApp' && target === 'CFBuild') current.add(to);
    if (source === 'CFBuild' && target === 'CFPackage') packageOf.set(from, to);
    if (source === 'CFPackage' && target === 'CFApp') appOf.set(from, to);
  }
  return { current, packageOf, appOf };
}

function ofKind(graph: SelectionGraph, kind: string): GraphNode[] {
  return graph.nodes.filter(node => node?.id.kind === kind) as GraphNode[];
}
