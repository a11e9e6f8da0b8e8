import { Failure } from '../base/errors.ts';
import { keyOf, type ObjectId } from '../base/object.ts';
import { rankOf } from './catalog.ts';
import type { KindDescriptor, Step } from './descriptor.ts';
import type { Reference } from './references.ts';
import { RestoreOrder } from './restore-order.ts';

/** What the order of a restore needs to know of one object; the object itself may stay where it is. */
export interface WaveItem {
  readonly id: ObjectId;
  readonly descriptor: KindDescriptor;
  /** The source's creationTimestamp (RFC 3339). */
  readonly createdAt?: string;
  /** As {@link referencesOf} gives them. */
  readonly references: readonly Reference[];
  /** The source had the value that the kind's start rule ends with. */
  readonly startWanted?: boolean;
  /** The source had a status that the kind's status rule writes back. */
  readonly statusWanted?: boolean;
}

/** One step of one object. */
export interface WaveNode {
  readonly id: ObjectId;
  readonly descriptor: KindDescriptor;
  readonly step: Step;
  /** Keys of the objects without which this step cannot succeed. */
  readonly needs: readonly string[];
}

/** Steps that may go side by side, kinds in the catalog's order; where age matters, oldest first. */
export interface Wave {
  readonly nodes: readonly WaveNode[];
}

/**
 * Peels the waves of a restore off the graph of its objects: every step stands behind everything that it needs, and
 * as early as that allows.
 * @throws Failure `cycle` that names the members of a cycle in their order.
 */
export function planWaves(items: readonly WaveItem[]): Wave[] {
  const order = new RestoreOrder(items);
  const layers = order.graph.layers();
  if (layers.size < order.graph.size) throw cycle(order.describe(order.graph.cycle(layers)));
  const waves: { node: WaveNode; createdAt: string }[][] = [];
  for (const [number, step] of order.steps) {
    const layer = layers.get(number) ?? 0;
    const { id, descriptor, createdAt = '' } = step.item;
    const entry = { node: { id, descriptor, step: step.step, needs: step.needs }, createdAt };
    const wave = waves[layer];
    if (wave) wave.push(entry);
    else waves[layer] = [entry];
  }
  return waves.map(wave => ({ nodes: wave.sort(inWave).map(({ node }) => node) }));
}

function inWave(a: { node: WaveNode; createdAt: string }, b: { node: WaveNode; createdAt: string }): number {
  const byRank = rankOf(a.node.descriptor) - rankOf(b.node.descriptor);
  if (byRank !== 0) return byRank;
  const byAge = a.node.descriptor.oldestFirst ? compareText(a.createdAt, b.createdAt) : 0;
  return byAge || compareText(keyOf(a.node.id), keyOf(b.node.id));
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function cycle(members: readonly string[]): Failure {
  const [first] = members;
  const chain = first === undefined ? [] : [...members, first];
  return new Failure('cycle', `these wait for each other: ${chain.join(' → ')}`, {
    ...(first === undefined ? {} : { subject: first }),
    hints: ['leave one of them out of the restore and make it by hand afterwards'],
  });
}

/** The name of a step for people: `CFApp`, `CFApp start`. */
export function stepName({ id, step }: Pick<WaveNode, 'id' | 'step'>): string {
  return step === 'create' ? id.kind : `${id.kind} ${step}`;
}

/** The waves as lists of steps by kind: `[['Namespace'], ['Secret', 'ConfigMap'], …, ['CFApp start']]`. */
export function describeWaves(waves: readonly Wave[]): string[][] {
  return waves.map(({ nodes }) => [...new Set(nodes.map(stepName))]);
}
