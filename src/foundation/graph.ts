import { Ints } from '../base/ints.ts';
import { adjacencyOf } from './adjacency.ts';

/** A graph of nodes by number, each edge from what comes first to what comes after it. */
export class Graph {
  /** Real nodes stand in a layer of their own; virtual ones only pass an order on, so that n × m edges become n + m. */
  readonly #virtual = new Ints();
  readonly #first = new Ints();
  readonly #then = new Ints();

  add(kind: 'real' | 'virtual'): number {
    return this.#virtual.push(kind === 'virtual' ? 1 : 0);
  }

  get size(): number {
    return this.#virtual.length;
  }

  edge(first: number, then: number): void {
    this.#first.push(first);
    this.#then.push(then);
  }

  /**
   * The layer of every node, from 0: the longest way to it, counted in real nodes; -1 for nodes that a cycle keeps
   * from being reached. O(nodes + edges).
   */
  layers(): Int32Array {
    const { starts, targets } = adjacencyOf(this.size, this.#first.view(), this.#then.view());
    const waiting = new Int32Array(this.size);
    for (const node of this.#then.view()) waiting[node] = (waiting[node] ?? 0) + 1;
    const layers = new Int32Array(this.size).fill(-1);
    const earliest = new Int32Array(this.size);
    const ready: number[] = [];
    for (let node = 0; node < this.size; node++) if (waiting[node] === 0) ready.push(node);
    for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
      const own = earliest[node] ?? 0;
      layers[node] = own;
      const next = this.#virtual.at(node) === 1 ? own : own + 1;
      for (let at = starts[node] ?? 0; at < (starts[node + 1] ?? 0); at++) {
        const then = targets[at] ?? 0;
        earliest[then] = Math.max(earliest[then] ?? 0, next);
        const left = (waiting[then] ?? 0) - 1;
        waiting[then] = left;
        if (left === 0) ready.push(then);
      }
    }
    return layers;
  }

  /** One cycle, in its order, among the nodes that have no layer; empty when all have one. */
  cycle(layers: Int32Array): number[] {
    const before = new Map<number, number>();
    for (const [edge, then] of this.#then.view().entries()) {
      const first = this.#first.at(edge);
      if (layers[first] === -1 && layers[then] === -1) before.set(then, first);
    }
    // Every node without a layer waits for another one: walking back ends in a cycle.
    const seen = new Set<number>();
    let node = before.keys().next().value;
    while (node !== undefined && !seen.has(node)) {
      seen.add(node);
      node = before.get(node);
    }
    const walk = [...seen];
    return node === undefined ? [] : walk.slice(walk.indexOf(node)).reverse();
  }
}
