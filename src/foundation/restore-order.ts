import { keyOf, type ObjectId, showId } from '../base/object.ts';
import { kindKey } from './catalog.ts';
import type { KindName, KindStep, Step } from './descriptor.ts';
import { Graph } from './graph.ts';
import { comesAfter, isFoundByName, isNamedInNamespaceRules, isPulled } from './kind-order.ts';
import { looseKeyOf, NAMESPACE_RULE, type Reference } from './references.ts';
import { ALL_RULES } from './variants.ts';
import type { WaveItem } from './waves.ts';

interface PlannedStep {
  readonly item: WaveItem;
  readonly step: Step;
  readonly needs: string[];
}

/** The nodes of one object's steps. */
interface Nodes {
  readonly create: number;
  /** Created, and its status written where it has one to write. */
  readonly placed: number;
  /** Placed, together with everything without which it does not work (a ServiceAccount's RoleBindings). */
  readonly works: number;
  readonly touch?: number;
  readonly start?: number;
}

interface Ordered {
  readonly item: WaveItem;
  readonly nodes: Nodes;
}

/**
 * The order of a restore as a graph. Its real nodes are steps of objects; virtual ones stand for the first and the
 * last of a kind, so that a rule between two kinds costs an edge an object and not one a pair.
 */
export class RestoreOrder {
  readonly graph = new Graph();
  readonly steps = new Map<number, PlannedStep>();
  readonly #items = new Map<string, Ordered>();
  readonly #gates = new Map<string, number>();
  /** By namespace. */
  readonly #homes = new Map<string, Ordered | undefined>();

  constructor(items: readonly WaveItem[]) {
    const all = items.map((item): Ordered => ({ item, nodes: this.#addItem(item) }));
    for (const ordered of all) {
      const { id, descriptor } = ordered.item;
      this.#items.set(keyOf(id), ordered);
      if (isFoundByName(descriptor)) this.#items.set(looseKeyOf(id), ordered);
    }
    this.#orderKinds();
    for (const ordered of all) {
      this.#orderWithKind(ordered);
      for (const reference of ordered.item.references) this.#orderWithTarget(ordered, reference);
    }
  }

  #addItem(item: WaveItem): Nodes {
    const { descriptor, id } = item;
    const own = [keyOf(id)];
    const create = this.#addStep(item, 'create', []);
    const hasStatus = item.statusWanted === true && descriptor.status !== undefined;
    const placed = hasStatus ? this.#addStep(item, 'status', own, create) : create;
    const works = isPulled(descriptor) ? this.graph.add('virtual') : placed;
    if (works !== placed) this.graph.edge(placed, works);
    return {
      create,
      placed,
      works,
      ...(descriptor.touch && { touch: this.#addStep(item, 'touch', own, placed) }),
      ...(item.startWanted && descriptor.start && { start: this.#addStep(item, 'start', own, placed) }),
    };
  }

  #addStep(item: WaveItem, step: Step, needs: string[], after?: number): number {
    const node = this.graph.add('real');
    this.steps.set(node, { item, step, needs });
    if (after !== undefined) this.graph.edge(after, node);
    return node;
  }

  #gate(name: string): number {
    const gate = this.#gates.get(name) ?? this.graph.add('virtual');
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
      if (start) this.#orderStep(name, 'start', start.after);
    }
  }

  #orderStep(kind: KindName, step: 'touch' | 'start', after: readonly KindStep[]): void {
    const begin = this.#begin(kind, step);
    for (const earlier of [kind, ...after]) this.graph.edge(this.#end(earlier), begin);
    this.graph.edge(begin, this.#end({ ...kind, step }));
  }

  #orderWithKind({ item, nodes }: Ordered): void {
    const { create, placed, touch, start } = nodes;
    const { group, kind, afterInNamespace = [] } = item.descriptor;
    const name = { group, kind };
    this.graph.edge(this.#begin(name), create);
    if (!this.#livesInLaterKind(item)) this.graph.edge(placed, this.#end(name));
    for (const [step, node] of [['touch', touch] as const, ['start', start] as const]) {
      if (node === undefined) continue;
      this.graph.edge(this.#begin(name, step), node);
      this.graph.edge(node, this.#end({ ...name, step }));
    }
    const { namespace } = item.id;
    if (namespace === undefined) return;
    for (const earlier of afterInNamespace) this.graph.edge(this.#endIn(namespace, earlier), create);
    if (isNamedInNamespaceRules(name)) this.graph.edge(placed, this.#endIn(namespace, name));
  }

  /** A PackageInstall in a space cannot hold up the orgs that otherwise wait for all PackageInstalls. */
  #livesInLaterKind(item: WaveItem): boolean {
    const home = this.#homeOf(item)?.item;
    return home !== undefined && comesAfter(home.descriptor, item.descriptor);
  }

  /** The object that makes the namespace in which an object lives. */
  #homeOf({ id: { namespace }, references }: WaveItem): Ordered | undefined {
    if (namespace === undefined) return undefined;
    if (!this.#homes.has(namespace)) {
      const reference = references.find(({ rule }) => rule === NAMESPACE_RULE);
      this.#homes.set(namespace, reference && this.#target(reference));
    }
    return this.#homes.get(namespace);
  }

  #orderWithTarget({ item, nodes }: Ordered, reference: Reference): void {
    const { rule } = reference;
    if (rule.in === 'brought') {
      for (const kind of rule.to) this.graph.edge(this.#end(kind), nodes.create);
      return;
    }
    const target = rule === NAMESPACE_RULE ? this.#homeOf(item) : this.#target(reference);
    if (target === undefined || target.item === item) return;
    if (rule.pulls && !this.#comesLate(item)) this.graph.edge(nodes.placed, target.nodes.works);
    if (rule.neededToStart && target.nodes.start !== undefined) {
      this.steps.get(target.nodes.start)?.needs.push(keyOf(item.id));
    }
    if (rule.order === 'after') this.graph.edge(nodes.placed, target.nodes.create);
    if (rule.order !== 'before') return;
    this.graph.edge(target.nodes.works, nodes.create);
    const isNeeded = rule === NAMESPACE_RULE || !rule.optional;
    if (isNeeded) this.steps.get(nodes.create)?.needs.push(keyOf(target.item.id));
  }

  /** What comes after the installation cannot be what an installation waits for. */
  #comesLate(item: WaveItem): boolean {
    const home = this.#homeOf(item)?.item;
    const isInstalled = home !== undefined && home.descriptor.kind !== 'Namespace';
    return isInstalled || item.references.some(({ rule }) => rule.in === 'brought');
  }

  #target({ targets }: Reference): Ordered | undefined {
    for (const target of targets) {
      const found = this.#items.get(keyOf(target));
      if (found) return found;
    }
    return undefined;
  }

  /** What stands in a cycle, in its order, for people. */
  describe(nodes: readonly number[]): string[] {
    return nodes.flatMap(node => {
      const step = this.steps.get(node);
      return step ? [showStep(step.item.id, step.step)] : [];
    });
  }
}

function showStep(id: ObjectId, step: Step): string {
  return step === 'create' ? showId(id) : `${showId(id)} (${step})`;
}
