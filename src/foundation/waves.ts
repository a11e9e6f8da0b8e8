import { keyOf, type ObjectId } from '../base/object.ts';
import type { KindDescriptor } from './descriptor.ts';
import { Names } from './names.ts';
import { itemOf, stepIn } from './object-nodes.ts';
import { type Identities, RestoreItems, type WaveItem } from './restore-items.ts';
import { RestoreOrder } from './restore-order.ts';
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
  const { waves, needs } = orderOf(items);
  const plan = { identities: items.identities, needs };
  const inWave = (a: number, b: number) => items.compare(itemOf(a), itemOf(b));
  return waves.map(wave => ({ nodes: new PlannedSteps(plan, wave.view().slice().sort(inWave)) }));
}

/** The graph is let go of before anything else is made. */
function orderOf(items: RestoreItems) {
  const order = new RestoreOrder(items);
  return { waves: order.layers(), needs: order.needs() };
}

/** What is kept of a plan: who the objects are, and what they need. */
interface Plan {
  readonly identities: Identities;
  readonly needs: ReturnType<RestoreOrder['needs']>;
}

class PlannedSteps implements Steps {
  readonly #plan: Plan;
  /** As the order numbers them. */
  readonly #steps: Int32Array;

  constructor(plan: Plan, steps: Int32Array) {
    this.#plan = plan;
    this.#steps = steps;
  }

  get length(): number {
    return this.#steps.length;
  }

  *[Symbol.iterator](): Generator<WaveNode> {
    for (let place = 0; place < this.length; place++) yield this.at(place);
  }

  at(place: number): WaveNode {
    return new PlannedStep(this.#plan, this.#steps[place] ?? 0);
  }
}

/** One step, of which all is looked up when it is wanted: many go through all steps for the few of one kind. */
class PlannedStep implements WaveNode {
  readonly #plan: Plan;
  readonly object: number;
  readonly step: Step;

  constructor(plan: Plan, step: number) {
    this.#plan = plan;
    this.object = itemOf(step);
    this.step = stepIn(step);
  }

  get id(): ObjectId {
    return this.#plan.identities.idAt(this.object);
  }

  get descriptor(): KindDescriptor {
    return this.#plan.identities.descriptorAt(this.object);
  }

  get family(): number | undefined {
    return this.descriptor.oldestFirst ? this.#plan.identities.ownerAt(this.object) : undefined;
  }

  get needs(): string[] {
    const { identities, needs } = this.#plan;
    const of = this.step === 'create' || this.step === 'start' ? needs[this.step] : undefined;
    const others = of?.targets.subarray(of.starts[this.object], of.starts[this.object + 1]) ?? [];
    const needed = this.step === 'create' ? [...others] : [this.object, ...others];
    return needed.map(item => keyOf(identities.idAt(item)));
  }
}

/** Every object once, in the step that makes it, each made when it is looked at. */
export function* creations(waves: readonly Wave[]): Generator<WaveNode> {
  for (const { nodes } of waves) for (const node of nodes) if (node.step === 'create') yield node;
}

/** The name of a step for people: `CFApp`, `CFApp start`. */
export function stepName({ descriptor: { kind }, step }: Pick<WaveNode, 'descriptor' | 'step'>): string {
  return step === 'create' ? kind : `${kind} ${step}`;
}

/** The waves as lists of steps by kind: `[['Namespace'], ['Secret', 'ConfigMap'], …, ['CFApp start']]`. */
export function describeWaves(waves: readonly Wave[]): string[][] {
  return waves.map(({ nodes }) => [...new Set(Array.from(nodes, stepName))]);
}
