import { Failure } from '../base/errors.ts';
import { Ints } from '../base/ints.ts';
import { keyOf, type ObjectId } from '../base/object.ts';
import type { Adjacency } from './adjacency.ts';
import type { KindDescriptor } from './descriptor.ts';
import { Names } from './names.ts';
import { type Identities, RestoreItems, type WaveItem } from './restore-items.ts';
import { type NodeSteps, RestoreOrder } from './restore-order.ts';
import type { Step } from './rules.ts';

export type { WaveItem } from './restore-items.ts';

/** One step of one object. */
export interface WaveNode {
  /** The number of the object, the same for all of its steps. */
  readonly object: number;
  /** Where age means something: the number of the owner among whose parts it does; those stand together. */
  readonly family: number | undefined;
  readonly id: ObjectId;
  readonly descriptor: KindDescriptor;
  readonly step: Step;
  /** Keys of the objects without which this step cannot succeed. */
  readonly needs: readonly string[];
}

/** Steps, each made when it is looked at: all of a large restore at once would take hundreds of megabytes. */
interface Steps extends Iterable<WaveNode> {
  readonly length: number;
  at(place: number): WaveNode;
}

/** Steps that may go side by side, kinds in the catalog's order; where age matters, oldest first. */
export interface Wave {
  readonly nodes: Steps;
}

/**
 * Peels the waves of a restore off the graph of its objects: every step stands behind everything that it needs, and
 * as early as that allows.
 * @throws Failure `cycle` that names the members of a cycle in their order.
 */
export function planWaves(items: Iterable<WaveItem>): Wave[] {
  const kept = new RestoreItems(new Names());
  for (const item of items) kept.add(item);
  return wavesOf(kept);
}

/** The same of items that are kept already. */
export function wavesOf(items: RestoreItems): Wave[] {
  const order = new RestoreOrder(items);
  const layers = order.graph.layers();
  if (layers.includes(-1)) throw cycle(order.describe(order.graph.cycle(layers)));
  const { steps } = order;
  const waves: Ints[] = [];
  for (const [node, layer] of layers.entries()) {
    if (steps.at(node) === undefined) continue;
    const wave = waves[layer] ?? new Ints();
    waves[layer] = wave;
    wave.push(node);
  }
  const plan = { identities: items.identities, steps, needs: order.needs() };
  const inWave = (a: number, b: number) => items.compare(steps.itemAt(a), steps.itemAt(b));
  return waves.map(wave => ({ nodes: new PlannedSteps(plan, wave.view().slice().sort(inWave)) }));
}

/** What is kept of a plan: who the objects are, which step each node is, what it needs. */
interface Plan {
  readonly identities: Identities;
  readonly steps: NodeSteps;
  readonly needs: Adjacency;
}

class PlannedSteps implements Steps {
  readonly #plan: Plan;
  readonly #nodes: Int32Array;

  constructor(plan: Plan, nodes: Int32Array) {
    this.#plan = plan;
    this.#nodes = nodes;
  }

  get length(): number {
    return this.#nodes.length;
  }

  *[Symbol.iterator](): Generator<WaveNode> {
    for (let place = 0; place < this.length; place++) yield this.at(place);
  }

  at(place: number): WaveNode {
    const { identities, steps, needs } = this.#plan;
    const node = this.#nodes[place] ?? 0;
    const found = steps.at(node);
    if (found === undefined) throw new Failure('internal', 'a wave has something in it that is no step');
    const { id, descriptor, owner } = identities.at(found.item);
    return {
      object: found.item,
      family: descriptor.oldestFirst ? owner : undefined,
      id,
      descriptor,
      step: found.step,
      get needs() {
        const items = needs.targets.subarray(needs.starts[node], needs.starts[node + 1]);
        return Array.from(items, item => keyOf(identities.at(item).id));
      },
    };
  }
}

function cycle(members: readonly string[]): Failure {
  const [first] = members;
  const chain = first === undefined ? [] : [...members, first];
  return new Failure('cycle', `these wait for each other: ${chain.join(' → ')}`, {
    ...(first === undefined ? {} : { subject: first }),
    hints: ['leave one of them out of the restore and make it by hand afterwards'],
  });
}

/** Every object once, in the step that makes it, each made when it is looked at. */
export function* creations(waves: readonly Wave[]): Generator<WaveNode> {
  for (const { nodes } of waves) for (const node of nodes) if (node.step === 'create') yield node;
}

/** The name of a step for people: `CFApp`, `CFApp start`. */
export function stepName({ id, step }: Pick<WaveNode, 'id' | 'step'>): string {
  return step === 'create' ? id.kind : `${id.kind} ${step}`;
}

/** The waves as lists of steps by kind: `[['Namespace'], ['Secret', 'ConfigMap'], …, ['CFApp start']]`. */
export function describeWaves(waves: readonly Wave[]): string[][] {
  return waves.map(({ nodes }) => [...new Set(Array.from(nodes, stepName))]);
}
