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
  for (const node of from) starts[node + 1] = (starts[node + 1] ?? 0) + 1;
  for (let node = 0; node < size; node++) starts[node + 1] = (starts[node + 1] ?? 0) + (starts[node] ?? 0);
  const free = starts.slice();
  const targets = new Int32Array(to.length);
  for (let edge = 0; edge < to.length; edge++) {
    const node = from[edge] ?? 0;
    const at = free[node] ?? 0;
    targets[at] = to[edge] ?? 0;
    free[node] = at + 1;
  }
  return { starts, targets };
}
