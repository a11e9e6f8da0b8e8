import { type KubeObject, keyOf, type ObjectId } from '../base/object.ts';
import { type Adjacency, adjacencyOf } from './adjacency.ts';
import { descriptorOf } from './catalog.ts';
import type { KindDescriptor } from './descriptor.ts';
import { isFoundByName } from './kind-order.ts';
import { KORIFI } from './kinds/common.ts';
import { texts, values } from './path.ts';
import { looseKeyOf, NAMESPACE_RULE, type Reference } from './references.ts';

/** What a selection needs to know of one object; the object itself may stay where it is. */
export interface GraphNode {
  readonly number: number;
  readonly id: ObjectId;
  readonly descriptor: KindDescriptor;
  /** One of CF's own: of Korifi's group, or a role of a CF user. */
  readonly isCf: boolean;
  /** What people call it; only where that is not its name. */
  readonly displayName?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** The source's creationTimestamp (RFC 3339). */
  readonly createdAt: string;
  /** Of a build: it came to a droplet. */
  readonly hasDroplet: boolean;
  /** Of an app: its users want it to run. */
  readonly isStarted: boolean;
}

/** An edge by the numbers of its ends. */
interface Edge {
  readonly from: number;
  readonly to: number;
}

/**
 * A foundation as a graph of what brings what along into a selection. Objects are added as they come; what they name
 * gets a number at once, so that no reference is kept as text. Names of things that are no objects (users) are nodes
 * too, without an entry among {@link nodes}: they tie together those that name them.
 */
export class SelectionGraph {
  readonly #nodes: (GraphNode | undefined)[] = [];
  readonly #numbers = new Map<string, number>();
  /** A number that was given to a name alone, and the object that turned out to have that name. */
  readonly #meant = new Map<number, number>();
  readonly #homes = new Map<string, readonly number[]>();
  /** Numbers of things of which there are no objects. */
  readonly #abstract = new Set<number>();
  readonly #from: number[] = [];
  /** Candidates, of which the first that exists is meant. */
  readonly #to: (number | readonly number[])[] = [];
  readonly #rules: Reference['rule'][] = [];
  #brings: Adjacency | undefined;

  /** @param references as {@link referencesOf} gives them */
  add(descriptor: KindDescriptor, object: KubeObject, id: ObjectId, references: readonly Reference[]): void {
    this.#brings = undefined;
    const number = this.#numberOf(keyOf(id));
    this.#nodes[number] = nodeOf(number, descriptor, object, id);
    if (isFoundByName(descriptor)) this.#nameAlone(looseKeyOf(id), number);
    for (const { rule, targets } of references) {
      if (targets.length === 0) continue;
      this.#from.push(number);
      this.#to.push(rule === NAMESPACE_RULE ? this.#homeOf(id, targets) : this.#candidates(targets));
      this.#rules.push(rule);
    }
  }

  #numberOf(key: string): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#nodes.push(undefined) - 1;
    this.#numbers.set(key, number);
    return number;
  }

  #nameAlone(key: string, number: number): void {
    const known = this.#numbers.get(key);
    if (known === undefined) this.#numbers.set(key, number);
    else if (known !== number) this.#meant.set(known, number);
  }

  #candidates(targets: readonly ObjectId[]): number | readonly number[] {
    const numbers = targets.map(target => {
      const number = this.#numberOf(keyOf(target));
      if (descriptorOf(target.group, target.kind) === undefined) this.#abstract.add(number);
      return number;
    });
    return numbers.length === 1 ? (numbers[0] ?? 0) : numbers;
  }

  /** Thousands of objects share a namespace. */
  #homeOf({ namespace = '' }: ObjectId, targets: readonly ObjectId[]): readonly number[] {
    const home = this.#homes.get(namespace) ?? targets.map(target => this.#numberOf(keyOf(target)));
    this.#homes.set(namespace, home);
    return home;
  }

  /** All objects, by number; undefined for names that no object has. */
  get nodes(): readonly (GraphNode | undefined)[] {
    return this.#nodes;
  }

  find(id: ObjectId): GraphNode | undefined {
    const number = this.#numbers.get(keyOf(id));
    return number === undefined ? undefined : this.#nodes[this.#meant.get(number) ?? number];
  }

  /** Every reference with its rule, its target resolved. */
  *references(): Generator<Edge & { readonly rule: Reference['rule'] }> {
    for (const [edge, rule] of this.#rules.entries()) {
      yield { from: this.#from[edge] ?? 0, to: this.#target(edge), rule };
    }
  }

  #target(edge: number): number {
    const candidates = this.#to[edge] ?? 0;
    if (typeof candidates === 'number') return this.#meant.get(candidates) ?? candidates;
    const meant = candidates.map(candidate => this.#meant.get(candidate) ?? candidate);
    return meant.find(number => this.#nodes[number] !== undefined) ?? meant[0] ?? 0;
  }

  /**
   * Everything that the seeds bring along, the seeds included: 1 at its number. What is `out` is not entered.
   * O(nodes + edges).
   */
  closure(seeds: Iterable<number>, out: (number: number) => boolean): Uint8Array {
    const { starts, targets } = this.#adjacency();
    const taken = new Uint8Array(this.#nodes.length);
    const open: number[] = [];
    const enter = (number: number) => {
      if (taken[number] === 1 || out(number)) return;
      taken[number] = 1;
      open.push(number);
    };
    for (const seed of seeds) enter(seed);
    for (let number = open.pop(); number !== undefined; number = open.pop()) {
      for (let at = starts[number] ?? 0; at < (starts[number + 1] ?? 0); at++) enter(targets[at] ?? 0);
    }
    return taken;
  }

  #adjacency(): Adjacency {
    if (this.#brings !== undefined) return this.#brings;
    const from: number[] = [];
    const to: number[] = [];
    for (const edge of this.references()) {
      if (this.#nodes[edge.to] === undefined && !this.#abstract.has(edge.to)) continue;
      const brings = bringing(edge.rule);
      if (brings === 'target' || brings === 'both') {
        from.push(edge.from);
        to.push(edge.to);
      }
      if (brings === 'source' || brings === 'both') {
        from.push(edge.to);
        to.push(edge.from);
      }
    }
    this.#brings = adjacencyOf(this.#nodes.length, from, to);
    return this.#brings;
  }
}

/** Which end of a reference brings the other. */
export function bringing({ brings, pulls }: Reference['rule']): 'target' | 'both' | 'source' | 'neither' {
  return brings ?? (pulls ? 'both' : 'target');
}

function nodeOf(number: number, descriptor: KindDescriptor, object: KubeObject, id: ObjectId): GraphNode {
  const [displayName] = texts(object, 'spec.displayName');
  const { labels } = object.metadata;
  const [createdAt = ''] = texts(object, 'metadata.creationTimestamp');
  const [role = ''] = texts(object, 'roleRef.name');
  return {
    number,
    id,
    descriptor,
    isCf:
      descriptor.group === KORIFI || (id.kind === 'RoleBinding' && role.startsWith('korifi-controllers-')),
    createdAt,
    hasDroplet: values(object, 'status.droplet').some(droplet => droplet !== null),
    isStarted: texts(object, 'spec.desiredState')[0] === 'STARTED',
    ...(displayName !== undefined && { displayName }),
    ...(typeof labels === 'object' && labels !== null && { labels }),
  };
}
