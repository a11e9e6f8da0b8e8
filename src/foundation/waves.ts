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
  if (layers.includes(-1)) throw cycle(order.describe(order.graph.cycle(layers)));
  const waves: Entry[][] = [];
  for (const [number, { item, step, needs }] of order.steps) {
    const { id, descriptor, createdAt = '' } = item;
    const age = descriptor.oldestFirst ? createdAt : '';
    const entry = { node: { id, descriptor, step, needs }, rank: rankOf(descriptor), age, key: keyOf(id) };
    const layer = layers[number] ?? 0;
    const wave = waves[layer];
    if (wave) wave.push(entry);
    else waves[layer] = [entry];
  }
  return waves.map(wave => ({ nodes: wave.sort(inWave).map(({ node }) => node) }));
}

/** A node with what decides its place in its wave. */
interface Entry {
  readonly node: WaveNode;
  readonly rank: number;
  readonly age: string;
  readonly key: string;
}

function inWave(a: Entry, b: Entry): number {
  return a.rank - b.rank || compareText(a.age, b.age) || compareText(a.key, b.key);
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
