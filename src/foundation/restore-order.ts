import { Failure } from '../base/errors.ts';
import { Ints, Shorts } from '../base/ints.ts';
import { type ObjectId, showId } from '../base/object.ts';
import { type Adjacency, adjacencyOf } from './adjacency.ts';
import { kindKey } from './catalog.ts';
import type { KindDescriptor } from './descriptor.ts';
import { Graph } from './graph.ts';
import { comesAfter, isFoundByName, isNamedInNamespaceRules, isPulled } from './kind-order.ts';
import { type Names, nameAlone } from './names.ts';
import { NAMESPACE_RULE } from './references.ts';
import type { KeptItem, RestoreItems } from './restore-items.ts';
import type { KindName, KindStep, ReferenceRule, Step } from './rules.ts';
import { ALL_RULES } from './variants.ts';

/** Steps by their numbers, in the order in which an object takes them. */
const STEPS: readonly Step[] = ['create', 'status', 'touch', 'ready', 'start'];
const NONE = -1;

/**
 * What an object has behind its first node, which is its creation, one node after the other: a status to be written, a
 * virtual node when everything without which it does not work is there (a ServiceAccount's RoleBindings), the other steps.
 */
const STATUS = 1;
const WORKS = 2;
const TOUCH = 4;
const READY = 8;
const START = 16;
/** The steps that a kind's objects begin together. */
const LATER = [
  ['touch', TOUCH],
  ['ready', READY],
  ['start', START],
] as const;

/** A step of an object as one number. */
export function stepOf(item: number, step: Step): number {
  return item * STEPS.length + STEPS.indexOf(step);
}

/** The object of a step. */
export function itemOf(step: number): number {
  return Math.floor(step / STEPS.length);
}

/** Which step of its object it is. */
export function stepIn(step: number): Step {
  return STEPS[step % STEPS.length] as Step;
}

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
  /** By object: its first node, and what follows that. */
  readonly #first = new Ints();
  readonly #has = new Shorts();
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
    const has =
      (statusWanted && descriptor.status ? STATUS : 0) |
      (isPulled(descriptor) ? WORKS : 0) |
      (descriptor.touch ? TOUCH : 0) |
      (readyWanted && descriptor.start?.readyFirst ? READY : 0) |
      (startWanted && descriptor.start ? START : 0);
    const create = this.#add('real', stepOf(number, 'create'));
    const placed = (has & STATUS) !== 0 ? this.#addAfter(create, stepOf(number, 'status')) : create;
    if ((has & WORKS) !== 0) this.graph.edge(placed, this.#add('virtual'));
    if ((has & TOUCH) !== 0) this.#addAfter(placed, stepOf(number, 'touch'));
    if ((has & READY) !== 0) this.#addAfter(placed, stepOf(number, 'ready'));
    if ((has & START) !== 0) this.#addAfter(placed, stepOf(number, 'start'));
    this.#first.push(create);
    this.#has.push(has);
    this.#having[name] = number;
    const loose = isFoundByName(descriptor) ? this.#names.find(nameAlone(this.#names.at(name))) : undefined;
    if (loose !== undefined) this.#having[loose] = number;
  }

  #addAfter(node: number, step: number): number {
    const after = this.#add('real', step);
    this.graph.edge(node, after);
    return after;
  }

  #add(kind: 'real' | 'virtual' | 'gate', step = NONE): number {
    this.#steps.push(step);
    return this.graph.add(kind);
  }

  /** The node of one of the things that an object may have; {@link NONE} where it has it not. */
  #nodeOf(item: number, what: number): number {
    const has = this.#has.at(item);
    if ((has & what) === 0) return NONE;
    let node = this.#first.at(item) + 1;
    for (let before = 1; before < what; before *= 2) if ((has & before) !== 0) node++;
    return node;
  }

  #created(item: number): number {
    return this.#first.at(item);
  }

  /** Created, and its status written where it has one to write. */
  #placed(item: number): number {
    const status = this.#nodeOf(item, STATUS);
    return status === NONE ? this.#created(item) : status;
  }

  /** Placed, together with everything without which it does not work. */
  #works(item: number): number {
    const works = this.#nodeOf(item, WORKS);
    return works === NONE ? this.#placed(item) : works;
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
    const [create, placed] = [this.#created(number), this.#placed(number)];
    const { group, kind, afterInNamespace = [] } = descriptor;
    const name = { group, kind };
    this.graph.edge(this.#begin(name), create);
    if (!this.#livesInLaterKind(item)) this.graph.edge(placed, this.#end(name));
    for (const [step, what] of LATER) {
      const node = this.#nodeOf(number, what);
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
    const create = this.#created(item.number);
    if (rule.in === 'brought') {
      for (const kind of rule.to) this.graph.edge(this.#end(kind), create);
      return;
    }
    const target = rule === NAMESPACE_RULE ? this.#homeOf(item) : this.#target(targets);
    if (target === NONE || target === item.number) return;
    const placed = this.#placed(item.number);
    if (rule.pulls && !this.#comesLate(item)) this.graph.edge(placed, this.#works(target));
    if (rule.neededToStart && this.#nodeOf(target, START) !== NONE)
      this.#needs.start.add(target, item.number);
    if (rule.order === 'after') this.graph.edge(placed, this.#created(target));
    if (rule.order !== 'before') return;
    this.graph.edge(this.#works(target), create);
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
