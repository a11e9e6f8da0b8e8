/** Edges sorted by where they begin: those of a node lead to targets[starts[node]] up to targets[starts[node + 1]]. */
export interface Adjacency {
  readonly starts: Int32Array;
  readonly targets: Int32Array;
}

/** O(nodes + edges); the edges of a node keep their order. */
export function adjacencyOf(
  size: number,
  from: ArrayLike<number> & Iterable<number>,
  to: ArrayLike<number> & Iterable<number>,
): Adjacency {
  const starts = new Int32Array(size + 1);
  for (const node of from) starts[node] = (starts[node] ?? 0) + 1;
  for (let node = 1; node <= size; node++) starts[node] = (starts[node] ?? 0) + (starts[node - 1] ?? 0);
  const targets = new Int32Array(to.length);
  // Each entry is where the edges of its node end, and comes down to where they start as they are put in from behind.
  for (let edge = to.length - 1; edge >= 0; edge--) {
    const node = from[edge] ?? 0;
    const at = (starts[node] ?? 0) - 1;
    targets[at] = to[edge] ?? 0;
    starts[node] = at;
  }
  return { starts, targets };
}
