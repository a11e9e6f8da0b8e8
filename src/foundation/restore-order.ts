import { Ints } from '../base/ints.ts';
import { type ObjectId, showId } from '../base/object.ts';
import { adjacencyOf } from './adjacency.ts';
import { kindKey } from './catalog.ts';
import type { KindDescriptor } from './descriptor.ts';
import { Graph } from './graph.ts';
import { comesAfter, isFoundByName, isNamedInNamespaceRules, isPulled } from './kind-order.ts';
import { type Names, nameAlone } from './names.ts';
import { NAMESPACE_RULE } from './references.ts';
import type { KeptItem, RestoreItems } from './restore-items.ts';
import type { KindName, KindStep, ReferenceRule, Step } from './rules.ts';
import { ALL_RULES } from './variants.ts';

/** Steps by the number under which a node has them. */
const STEPS: readonly Step[] = ['create', 'status', 'touch', 'ready', 'start'];
const NONE = -1;

/** The nodes of one object's steps; {@link NONE} where it has no such step. */
interface Nodes {
  readonly create: number;
  /** Created, and its status written where it has one to write. */
  readonly placed: number;
  /** Placed, together with everything without which it does not work (a ServiceAccount's RoleBindings). */
  readonly works: number;
  readonly touch: number;
  readonly ready: number;
  readonly start: number;
}

/**
 * The order of a restore as a graph. Its real nodes are steps of objects; virtual ones stand for the first and the
 * last of a kind, so that a rule between two kinds costs an edge an object and not one a pair. Objects and nodes are
 * numbers in flat lists: a large foundation has a million of them.
 */
export class RestoreOrder {
  readonly graph = new Graph();
  readonly steps = new NodeSteps();
  readonly #items: RestoreItems;
  readonly #names: Names;
  /** By object. */
  readonly #nodes = {
    create: new Ints(),
    placed: new Ints(),
    works: new Ints(),
    touch: new Ints(),
    ready: new Ints(),
    start: new Ints(),
  };
  /** By identity: the object that has it. */
  readonly #having: Int32Array;
  readonly #gates = new Map<string, number>();
  /** By namespace: the object that makes it. */
  readonly #homes = new Map<string, number>();
  /** A node, and an object without which its step cannot succeed. */
  readonly #needing = new Ints();
  readonly #needed = new Ints();

  constructor(items: RestoreItems) {
    this.#items = items;
    this.#names = items.identities.names;
    this.#having = new Int32Array(this.#names.size).fill(NONE);
    for (const item of items) this.#addItem(item);
    this.#orderKinds();
    for (const item of items) {
      this.#orderWithKind(item);
      for (const { rule, targets } of items.references(item.number))
        this.#orderWithTarget(item, rule, targets);
    }
  }

  /** What every step needs, by node: numbers of objects. */
  needs() {
    return adjacencyOf(this.graph.size, this.#needing.view(), this.#needed.view());
  }

  #addItem({ number, descriptor, id, name, startWanted, statusWanted, readyWanted }: KeptItem): void {
    const create = this.#addStep(number, 'create');
    const hasStatus = statusWanted && descriptor.status !== undefined;
    const placed = hasStatus ? this.#addStep(number, 'status', create) : create;
    const works = isPulled(descriptor) ? this.#add('virtual') : placed;
    if (works !== placed) this.graph.edge(placed, works);
    this.#nodes.create.push(create);
    this.#nodes.placed.push(placed);
    this.#nodes.works.push(works);
    this.#nodes.touch.push(descriptor.touch ? this.#addStep(number, 'touch', placed) : NONE);
    const { readyFirst } = descriptor.start ?? {};
    this.#nodes.ready.push(readyWanted && readyFirst ? this.#addStep(number, 'ready', placed) : NONE);
    this.#nodes.start.push(startWanted && descriptor.start ? this.#addStep(number, 'start', placed) : NONE);
    this.#having[name] = number;
    const loose = isFoundByName(descriptor) ? this.#names.find(nameAlone(id)) : undefined;
    if (loose !== undefined) this.#having[loose] = number;
  }

  #addStep(item: number, step: Step, after?: number): number {
    const node = this.#add('real', item, step);
    if (after === undefined) return node;
    this.graph.edge(after, node);
    this.#need(node, item);
    return node;
  }

  #add(kind: 'real' | 'virtual', item = NONE, step: Step = 'create'): number {
    this.steps.add(item, step);
    return this.graph.add(kind);
  }

  #need(node: number, item: number): void {
    this.#needing.push(node);
    this.#needed.push(item);
  }

  #nodesOf(item: number): Nodes {
    const { create, placed, works, touch, ready, start } = this.#nodes;
    return {
      create: create.at(item),
      placed: placed.at(item),
      works: works.at(item),
      touch: touch.at(item),
      ready: ready.at(item),
      start: start.at(item),
    };
  }

  #gate(name: string): number {
    const gate = this.#gates.get(name) ?? this.#add('virtual');
    this.#gates.set(name, gate);
    return gate;
  }

  /** Before the first object of a kind takes this step. */
  #begin(kind: KindName, step: Step = 'create'): number {
    return this.#gate(`begin ${kindKey(kind)} ${step}`);
  }

  /** After the last object of a kind has taken this step; `create` means placed. */
  #end(kind: KindStep): number {
    return this.#gate(`end ${kindKey(kind)} ${kind.step ?? 'create'}`);
  }

  /** Every object of a kind in this namespace is placed. */
  #endIn(namespace: string, kind: KindName): number {
    return this.#gate(`end ${kindKey(kind)} in ${namespace}`);
  }

  /** Rules between kinds hold also where a kind that stands between two others has no objects. */
  #orderKinds(): void {
    for (const { group, kind, after = [], touch, start } of ALL_RULES) {
      const name = { group, kind };
      this.graph.edge(this.#begin(name), this.#end(name));
      for (const earlier of after) this.graph.edge(this.#end(earlier), this.#begin(name));
      if (touch) this.#orderStep(name, 'touch', touch.after);
      if (start?.readyFirst) this.#orderStep(name, 'ready', start.after);
      if (start) this.#orderStep(name, 'start', [...start.after, { ...name, step: 'ready' }]);
    }
  }

  #orderStep(kind: KindName, step: NonNullable<KindStep['step']>, after: readonly KindStep[]): void {
    const begin = this.#begin(kind, step);
    for (const earlier of [kind, ...after]) this.graph.edge(this.#end(earlier), begin);
    this.graph.edge(begin, this.#end({ ...kind, step }));
  }

  #orderWithKind(item: KeptItem): void {
    const { create, placed, touch, ready, start } = this.#nodesOf(item.number);
    const { group, kind, afterInNamespace = [] } = item.descriptor;
    const name = { group, kind };
    this.graph.edge(this.#begin(name), create);
    if (!this.#livesInLaterKind(item)) this.graph.edge(placed, this.#end(name));
    const later = [['touch', touch] as const, ['ready', ready] as const, ['start', start] as const];
    for (const [step, node] of later) {
      if (node === NONE) continue;
      this.graph.edge(this.#begin(name, step), node);
      this.graph.edge(node, this.#end({ ...name, step }));
    }
    const { namespace } = item.id;
    if (namespace === undefined) return;
    for (const earlier of afterInNamespace) this.graph.edge(this.#endIn(namespace, earlier), create);
    if (isNamedInNamespaceRules(name)) this.graph.edge(placed, this.#endIn(namespace, name));
  }

  /** A PackageInstall in a space cannot hold up the orgs that otherwise wait for all PackageInstalls. */
  #livesInLaterKind(item: KeptItem): boolean {
    const home = this.#descriptorOf(this.#homeOf(item));
    return home !== undefined && comesAfter(home, item.descriptor);
  }

  #descriptorOf(item: number): KindDescriptor | undefined {
    return item === NONE ? undefined : this.#items.identities.descriptorAt(item);
  }

  /** The object that makes the namespace in which an object lives. */
  #homeOf({ id: { namespace }, descriptor }: KeptItem): number {
    if (namespace === undefined || !descriptor.namespaced) return NONE;
    const home = this.#homes.get(namespace) ?? this.#maker(namespace);
    this.#homes.set(namespace, home);
    return home;
  }

  #maker(name: string): number {
    return this.#target(NAMESPACE_RULE.to.map(kind => this.#names.find({ ...kind, name }) ?? NONE));
  }

  #orderWithTarget(item: KeptItem, rule: ReferenceRule, targets: readonly number[]): void {
    const nodes = this.#nodesOf(item.number);
    if (rule.in === 'brought') {
      for (const kind of rule.to) this.graph.edge(this.#end(kind), nodes.create);
      return;
    }
    const target = rule === NAMESPACE_RULE ? this.#homeOf(item) : this.#target(targets);
    if (target === NONE || target === item.number) return;
    const { create, works, start } = this.#nodesOf(target);
    if (rule.pulls && !this.#comesLate(item)) this.graph.edge(nodes.placed, works);
    if (rule.neededToStart && start !== NONE) this.#need(start, item.number);
    if (rule.order === 'after') this.graph.edge(nodes.placed, create);
    if (rule.order !== 'before') return;
    this.graph.edge(works, nodes.create);
    const isNeeded = rule === NAMESPACE_RULE || !rule.optional;
    if (isNeeded) this.#need(nodes.create, target);
  }

  /** What comes after the installation cannot be what an installation waits for. */
  #comesLate(item: KeptItem): boolean {
    const home = this.#descriptorOf(this.#homeOf(item));
    const isInstalled = home !== undefined && home.kind !== 'Namespace';
    return isInstalled || [...this.#items.references(item.number)].some(({ rule }) => rule.in === 'brought');
  }

  /** The first of the identities that an object has. */
  #target(names: readonly number[]): number {
    for (const name of names) {
      const item = this.#having[name] ?? NONE;
      if (item !== NONE) return item;
    }
    return NONE;
  }

  /** What stands in a cycle, in its order, for people. */
  describe(nodes: readonly number[]): string[] {
    return nodes.flatMap(node => {
      const found = this.steps.at(node);
      return found ? [showStep(this.#items.at(found.item).id, found.step)] : [];
    });
  }
}

/** By node: which step it is, of which object. */
export class NodeSteps {
  readonly #items = new Ints();
  readonly #steps = new Ints();

  add(item: number, step: Step): void {
    this.#items.push(item);
    this.#steps.push(STEPS.indexOf(step));
  }

  /** Undefined of a virtual node. */
  at(node: number): { readonly item: number; readonly step: Step } | undefined {
    const item = this.#items.at(node);
    const step = STEPS[this.#steps.at(node)];
    return item === NONE || step === undefined ? undefined : { item, step };
  }

  itemAt(node: number): number {
    return this.#items.at(node);
  }
}

function showStep(id: ObjectId, step: Step): string {
  return step === 'create' ? showId(id) : `${showId(id)} (${step})`;
}
