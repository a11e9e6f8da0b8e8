import { Ints, Shorts } from '../base/ints.ts';
import { type Adjacency, adjacencyOf } from './adjacency.ts';

/**
 * What a node is: real nodes stand in a layer of their own; virtual ones only pass an order on, so that n × m edges
 * become n + m. A gate is a virtual node that thousands of edges lead from or to.
 */
type NodeKind = 'real' | 'virtual' | 'gate';

const NO_GATE = 0xffff;

/**
 * A graph of nodes by number, each edge from what comes first to what comes after it. An edge takes eight bytes, and
 * four more while the layers are found; but of each node one edge from a gate and one to a gate take two bytes each,
 * which with the gates of a kind's begin and end is most edges of a restore.
 */
export class Graph {
  readonly #isReal = new Shorts();
  /** By node: the gate that it comes after, the gate that comes after it; or {@link NO_GATE}. */
  readonly #after = new Shorts();
  readonly #before = new Shorts();
  /** By gate: how many nodes have it as the one that they come after. */
  readonly #followers = new Map<number, number>();
  readonly #first = new Ints();
  readonly #then = new Ints();

  /** @param kind gates are few, and added before all else: their numbers have to fit into two bytes */
  add(kind: NodeKind): number {
    this.#after.push(NO_GATE);
    this.#before.push(NO_GATE);
    const node = this.#isReal.push(kind === 'real' ? 1 : 0);
    if (kind !== 'gate') return node;
    if (node >= NO_GATE) throw new RangeError('too many nodes before a gate');
    this.#followers.set(node, 0);
    return node;
  }

  get size(): number {
    return this.#isReal.length;
  }

  edge(first: number, then: number): void {
    const followers = this.#followers.get(first);
    if (followers !== undefined && this.#after.at(then) === NO_GATE) {
      this.#after.set(then, first);
      this.#followers.set(first, followers + 1);
    } else if (this.#followers.has(then) && this.#before.at(first) === NO_GATE) {
      this.#before.set(first, then);
    } else {
      this.#first.push(first);
      this.#then.push(then);
    }
  }

  /**
   * The layer of every node, from 0: the longest way to it, counted in real nodes; -1 for nodes that a cycle keeps
   * from being reached. O(nodes + edges), and a look at all nodes for each gate.
   */
  layers(): Int32Array {
    const edges = this.#edges();
    const waiting = this.#waiting();
    const layers = new Int32Array(this.size);
    const ready = new Ints();
    for (let node = 0; node < this.size; node++) if (waiting[node] === 0) ready.push(node);
    for (let at = 0; at < ready.length; at++) {
      const node = ready.at(at);
      const next = (layers[node] ?? 0) + this.#isReal.at(node);
      this.#eachAfter(node, edges, then => {
        layers[then] = Math.max(layers[then] ?? 0, next);
        const left = (waiting[then] ?? 0) - 1;
        waiting[then] = left;
        if (left === 0) ready.push(then);
      });
    }
    for (let node = 0; node < this.size; node++) if (waiting[node] !== 0) layers[node] = -1;
    return layers;
  }

  /** One cycle, in its order, among the nodes that have no layer; empty when all have one. */
  cycle(layers: Int32Array): number[] {
    const edges = this.#edges();
    const before = new Map<number, number>();
    for (let first = 0; first < this.size; first++) {
      if (layers[first] !== -1) continue;
      this.#eachAfter(first, edges, then => before.set(then, first));
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

  #edges(): Adjacency {
    return adjacencyOf(this.size, this.#first.view(), this.#then.view());
  }

  /** By node: how many edges lead to it. */
  #waiting(): Int32Array {
    const waiting = new Int32Array(this.size);
    const count = (node: number) => {
      waiting[node] = (waiting[node] ?? 0) + 1;
    };
    for (const node of this.#then.view()) count(node);
    for (let node = 0; node < this.size; node++) {
      if (this.#after.at(node) !== NO_GATE) count(node);
      if (this.#before.at(node) !== NO_GATE) count(this.#before.at(node));
    }
    return waiting;
  }

  #eachAfter(node: number, { starts, targets }: Adjacency, see: (then: number) => void): void {
    for (let at = starts[node] ?? 0; at < (starts[node + 1] ?? 0); at++) see(targets[at] ?? 0);
    if (this.#before.at(node) !== NO_GATE) see(this.#before.at(node));
    if ((this.#followers.get(node) ?? 0) === 0) return;
    for (let then = 0; then < this.size; then++) if (this.#after.at(then) === node) see(then);
  }
}
