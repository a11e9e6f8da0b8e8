import { Failure } from '../base/errors.ts';
import { Ints } from '../base/ints.ts';
import { type ObjectId, showId } from '../base/object.ts';
import { type Adjacency, adjacencyOf } from './adjacency.ts';
import { kindKey } from './catalog.ts';
import type { KindDescriptor } from './descriptor.ts';
import { Graph } from './graph.ts';
import { comesAfter, isFoundByName, isNamedInNamespaceRules, isPulled } from './kind-order.ts';
import { type Names, nameAlone } from './names.ts';
import { itemOf, ObjectNodes, stepIn, stepOf } from './object-nodes.ts';
import { NAMESPACE_RULE } from './references.ts';
import type { KeptItem, RestoreItems } from './restore-items.ts';
import type { KindName, KindStep, ReferenceRule, Step } from './rules.ts';
import { ALL_RULES } from './variants.ts';

const NONE = -1;
/** The steps that a kind's objects begin together. */
const LATER = ['touch', 'ready', 'start'] as const;

/**
 * The order of a restore as a graph. Its real nodes are steps of objects; virtual ones stand for the first and the
 * last of a kind, so that a rule between two kinds costs an edge an object and not one a pair. Objects and nodes are
 * numbers in flat lists: a large foundation has a million of them.
 */
export class RestoreOrder {
  readonly graph = new Graph();
  /** By node: which step it is, as {@link stepOf} has it; {@link NONE} of a virtual node. */
  readonly #steps = new Ints();
  readonly #items: RestoreItems;
  readonly #names: Names;
  readonly #nodes = new ObjectNodes();
  /** By identity: the object that has it. */
  readonly #having: Int32Array;
  readonly #gates = new Map<string, number>();
  /** By namespace: the object that makes it. */
  readonly #homes = new Map<string, number>();
  /** An object, and another one without which it cannot be created, or not be started. */
  readonly #needs = { create: new Needs(), start: new Needs() };

  constructor(items: RestoreItems) {
    this.#items = items;
    this.#names = items.identities.names;
    this.#having = new Int32Array(this.#names.size).fill(NONE);
    this.#orderKinds();
    for (const item of items) this.#addItem(item);
    for (const item of items) {
      this.#orderWithKind(item);
      for (const { rule, targets } of items.references(item.number))
        this.#orderWithTarget(item, rule, targets);
    }
  }

  /**
   * The steps by layer, as {@link stepOf} has them.
   * @throws Failure `cycle` that names the members of a cycle in their order.
   */
  layers(): Ints[] {
    const layers = this.graph.layers();
    if (layers.includes(NONE)) throw cycle(this.#describe(this.graph.cycle(layers)));
    const waves: Ints[] = [];
    for (let node = 0; node < layers.length; node++) {
      const step = this.#steps.at(node);
      if (step === NONE) continue;
      const wave = waves[layers[node] ?? 0] ?? new Ints();
      waves[layers[node] ?? 0] = wave;
      wave.push(step);
    }
    return waves;
  }

  /** By object: the objects without which it cannot be created, or not be started. All later steps need itself. */
  needs(): { readonly create: Adjacency; readonly start: Adjacency } {
    const { create, start } = this.#needs;
    return { create: create.adjacency(this.#items.length), start: start.adjacency(this.#items.length) };
  }

  #addItem({ number, descriptor, name, startWanted, statusWanted, readyWanted }: KeptItem): void {
    const { status, touch, start } = descriptor;
    const has = {
      status: statusWanted && status !== undefined,
      works: isPulled(descriptor),
      touch: touch !== undefined,
      ready: readyWanted && start?.readyFirst === true,
      start: startWanted && start !== undefined,
    };
    this.#nodes.add(has, part =>
      part === 'works' ? this.#add('virtual') : this.#add('real', stepOf(number, part)),
    );
    const [create, placed] = [this.#nodes.created(number), this.#nodes.placed(number)];
    if (placed !== create) this.graph.edge(create, placed);
    for (const part of ['works', ...LATER] as const) {
      const node = this.#nodes.of(number, part);
      if (node !== NONE) this.graph.edge(placed, node);
    }
    this.#having[name] = number;
    const loose = isFoundByName(descriptor) ? this.#names.find(nameAlone(this.#names.at(name))) : undefined;
    if (loose !== undefined) this.#having[loose] = number;
  }

  #add(kind: 'real' | 'virtual' | 'gate', step = NONE): number {
    this.#steps.push(step);
    return this.graph.add(kind);
  }

  #gate(name: string, kind: 'gate' | 'virtual' = 'gate'): number {
    const gate = this.#gates.get(name) ?? this.#add(kind);
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
    return this.#gate(`end ${kindKey(kind)} in ${namespace}`, 'virtual');
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
    const { number, place, descriptor } = item;
    const [create, placed] = [this.#nodes.created(number), this.#nodes.placed(number)];
    const { group, kind, afterInNamespace = [] } = descriptor;
    const name = { group, kind };
    this.graph.edge(this.#begin(name), create);
    if (!this.#livesInLaterKind(item)) this.graph.edge(placed, this.#end(name));
    for (const step of LATER) {
      const node = this.#nodes.of(number, step);
      if (node === NONE) continue;
      this.graph.edge(this.#begin(name, step), node);
      this.graph.edge(node, this.#end({ ...name, step }));
    }
    const { namespace } = place;
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
  #homeOf({ place: { namespace }, descriptor }: KeptItem): number {
    if (namespace === undefined || !descriptor.namespaced) return NONE;
    const home = this.#homes.get(namespace) ?? this.#maker(namespace);
    this.#homes.set(namespace, home);
    return home;
  }

  #maker(name: string): number {
    return this.#target(NAMESPACE_RULE.to.map(kind => this.#names.find({ ...kind, name }) ?? NONE));
  }

  #orderWithTarget(item: KeptItem, rule: ReferenceRule, targets: readonly number[]): void {
    const create = this.#nodes.created(item.number);
    if (rule.in === 'brought') {
      for (const kind of rule.to) this.graph.edge(this.#end(kind), create);
      return;
    }
    const target = rule === NAMESPACE_RULE ? this.#homeOf(item) : this.#target(targets);
    if (target === NONE || target === item.number) return;
    const placed = this.#nodes.placed(item.number);
    if (rule.pulls && !this.#comesLate(item)) this.graph.edge(placed, this.#nodes.works(target));
    if (rule.neededToStart && this.#nodes.of(target, 'start') !== NONE)
      this.#needs.start.add(target, item.number);
    if (rule.order === 'after') this.graph.edge(placed, this.#nodes.created(target));
    if (rule.order !== 'before') return;
    this.graph.edge(this.#nodes.works(target), create);
    const isNeeded = rule === NAMESPACE_RULE || !rule.optional;
    if (isNeeded) this.#needs.create.add(item.number, target);
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
  #describe(nodes: readonly number[]): string[] {
    const steps = nodes.map(node => this.#steps.at(node)).filter(step => step !== NONE);
    return steps.map(step => showStep(this.#items.identities.idAt(itemOf(step)), stepIn(step)));
  }
}

/** Pairs of objects, of which one needs the other. */
class Needs {
  readonly #needing = new Ints();
  readonly #needed = new Ints();

  add(needing: number, needed: number): void {
    this.#needing.push(needing);
    this.#needed.push(needed);
  }

  adjacency(items: number): Adjacency {
    return adjacencyOf(items, this.#needing.view(), this.#needed.view());
  }
}

function showStep(id: ObjectId, step: Step): string {
  return step === 'create' ? showId(id) : `${showId(id)} (${step})`;
}

function cycle(members: readonly string[]): Failure {
  const [first] = members;
  const chain = first === undefined ? [] : [...members, first];
  return new Failure('cycle', `these wait for each other: ${chain.join(' → ')}`, {
    ...(first === undefined ? {} : { subject: first }),
    hints: ['leave one of them out of the restore and make it by hand afterwards'],
  });
}
