import { Failure } from '../base/errors.ts';
import { nearMatches } from '../base/nearest.ts';
import type { GraphNode, SelectionGraph } from './selection-graph.ts';

const MAKE_NAMESPACES = new Set(['Namespace', 'CFOrg', 'CFSpace']);

/**
 * A test for what is in one of these namespaces, or makes it.
 * @throws Failure `usage` for a namespace in which nothing is.
 */
export function namespacesNamed(
  names: readonly string[],
  graph: SelectionGraph,
): (node: GraphNode) => boolean {
  const there = new Set(graph.nodes.flatMap(node => (node === undefined ? [] : namespaceOf(node))));
  for (const name of names) if (!there.has(name)) throw unknown(name, [...there]);
  const wanted = new Set(names);
  return node => namespaceOf(node).some(name => wanted.has(name));
}

function namespaceOf({ id }: GraphNode): string[] {
  const made = MAKE_NAMESPACES.has(id.kind) ? [id.name] : [];
  return id.namespace === undefined ? made : [...made, ...(made.length > 0 ? [] : [id.namespace])];
}

function unknown(name: string, namespaces: readonly string[]): Failure {
  const near = nearMatches(name, namespaces, 3);
  return new Failure('usage', `there is nothing in a namespace ${JSON.stringify(name.slice(0, 80))}`, {
    hints: [
      near.length > 0
        ? `did you mean ${near.join(' or ')}?`
        : 'orgs and spaces are chosen with --org and --space',
    ],
  });
}
