/** A graph of nodes by number, each edge from what comes first to what comes after it. */
export class Graph {
  /** Real nodes stand in a layer of their own; virtual ones only pass an order on, so that n × m edges become n + m. */
  readonly #virtual: boolean[] = [];
  readonly #after: number[][] = [];
  readonly #before: number[] = [];

  add(kind: 'real' | 'virtual'): number {
    this.#after.push([]);
    this.#before.push(0);
    return this.#virtual.push(kind === 'virtual') - 1;
  }

  get size(): number {
    return this.#virtual.length;
  }

  edge(first: number, then: number): void {
    this.#after[first]?.push(then);
    this.#before[then] = (this.#before[then] ?? 0) + 1;
  }

  /**
   * The layer of every node, from 0: the longest way to it, counted in real nodes. O(nodes + edges).
   * Nodes that cannot be reached because of a cycle are missing from the result.
   */
  layers(): Map<number, number> {
    const waiting = [...this.#before];
    const layer = new Array<number>(waiting.length).fill(0);
    const reached = new Map<number, number>();
    const ready = waiting.flatMap((before, node) => (before === 0 ? [node] : []));
    for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
      const own = layer[node] ?? 0;
      reached.set(node, own);
      const next = this.#virtual[node] ? own : own + 1;
      for (const then of this.#after[node] ?? []) {
        layer[then] = Math.max(layer[then] ?? 0, next);
        waiting[then] = (waiting[then] ?? 0) - 1;
        if (waiting[then] === 0) ready.push(then);
      }
    }
    return reached;
  }

  /** One cycle, in its order, among the nodes that {@link layers} did not reach. */
  cycle(reached: ReadonlyMap<number, number>): number[] {
    const first = new Map<number, number>();
    for (const [node, after] of this.#after.entries()) {
      if (reached.has(node)) continue;
      for (const then of after) if (!reached.has(then)) first.set(then, node);
    }
    // Every node that was not reached waits for another such node: walking back ends in a cycle.
    const seen: number[] = [];
    let node = first.keys().next().value;
    while (node !== undefined && !seen.includes(node)) {
      seen.push(node);
      node = first.get(node);
    }
    return node === undefined ? [] : seen.slice(seen.indexOf(node)).reverse();
  }
}
