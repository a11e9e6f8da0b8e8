import { Ints, Shorts } from '../base/ints.ts';
import { Numbered } from '../base/numbered.ts';
import type { ObjectId } from '../base/object.ts';
import { rankOf } from './catalog.ts';
import type { KindDescriptor } from './descriptor.ts';
import { isFoundByName } from './kind-order.ts';
import { type Names, nameAlone, type Place } from './names.ts';
import { NAMESPACE_RULE, type Reference } from './references.ts';
import type { ReferenceRule } from './rules.ts';

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
  /** The source showed a condition that the kind's start rule waits for first. */
  readonly readyWanted?: boolean;
}

/** The same, as it is kept. */
export interface KeptItem extends Identity {
  /** Its place among the items. */
  readonly number: number;
  readonly startWanted: boolean;
  readonly statusWanted: boolean;
  readonly readyWanted: boolean;
}

/** Which object it is, and of which sort. */
interface Identity {
  /** The number of its identity. */
  readonly name: number;
  readonly place: Place;
  readonly descriptor: KindDescriptor;
  /** Where age means something: the number of the identity of the owner among whose parts it does. */
  readonly owner: number;
}

interface KeptReference {
  readonly rule: ReferenceRule;
  /** Numbers of the identities that may be meant, the first that exists. */
  readonly targets: readonly number[];
}

/** 2001-09-09, so that seconds fit into 32 bits until 2069. */
const EPOCH = 1_000_000_000;
const NO_OWNER = -1;
const START_WANTED = 1;
const STATUS_WANTED = 2;
const READY_WANTED = 4;

/** Who the objects of a restore are: all that is left of them when their order is known. */
export class Identities {
  readonly names: Names;
  readonly #name = new Ints();
  readonly #descriptor = new Shorts();
  readonly #owner = new Ints();
  readonly #descriptors = new Numbered<KindDescriptor>();

  constructor(names: Names) {
    this.names = names;
  }

  get length(): number {
    return this.#name.length;
  }

  add(name: number, descriptor: KindDescriptor, owner: number): void {
    this.#name.push(name);
    this.#owner.push(owner);
    this.#descriptor.push(this.#descriptors.numberOf(descriptor));
  }

  at(number: number): Identity {
    const name = this.#name.at(number);
    return {
      name,
      place: this.names.placeOf(name),
      descriptor: this.descriptorAt(number),
      owner: this.ownerAt(number),
    };
  }

  idAt(number: number): ObjectId {
    return this.names.at(this.#name.at(number));
  }

  ownerAt(number: number): number {
    return this.#owner.at(number);
  }

  descriptorAt(number: number): KindDescriptor {
    return this.#descriptors.at(this.#descriptor.at(number));
  }

  /** By kind, namespace and name; always the same order. */
  compare(a: number, b: number): number {
    return this.names.compare(this.#name.at(a), this.#name.at(b));
  }

  /** By kind and namespace alone. */
  comparePlaces(a: number, b: number): number {
    return this.names.comparePlaces(this.#name.at(a), this.#name.at(b));
  }
}

/** The objects of a restore and what they name, in flat lists of numbers. */
export class RestoreItems implements Iterable<KeptItem> {
  readonly identities: Identities;
  /** Seconds since {@link EPOCH}; 0 for kinds of which age means nothing. */
  readonly #age = new Ints();
  readonly #flags = new Shorts();
  readonly #rules = new Numbered<ReferenceRule>();
  /** One after the other: a rule, how many identities follow, these. */
  readonly #references = new Ints();
  /** By object: where its references end. */
  readonly #ends = new Ints();

  constructor(names: Names) {
    this.identities = new Identities(names);
  }

  get length(): number {
    return this.identities.length;
  }

  add({ id, descriptor, createdAt, references, ...wanted }: WaveItem): void {
    const { names } = this.identities;
    this.identities.add(names.numberOf(id), descriptor, this.#ownerOf(descriptor, references));
    if (isFoundByName(descriptor)) names.numberOf(nameAlone(id));
    this.#age.push(descriptor.oldestFirst ? secondsOf(createdAt) : 0);
    this.#flags.push(flagsOf(wanted));
    for (const { rule, targets } of references) {
      // Where an object lives stands in its identity.
      const kept = rule === NAMESPACE_RULE ? [] : targets;
      this.#refer(
        rule,
        kept.map(target => names.numberOf(target)),
      );
    }
    this.#ends.push(this.#references.length);
  }

  at(number: number): KeptItem {
    const flags = this.#flags.at(number);
    return {
      ...this.identities.at(number),
      number,
      startWanted: (flags & START_WANTED) !== 0,
      statusWanted: (flags & STATUS_WANTED) !== 0,
      readyWanted: (flags & READY_WANTED) !== 0,
    };
  }

  *[Symbol.iterator](): Generator<KeptItem> {
    for (let number = 0; number < this.length; number++) yield this.at(number);
  }

  *references(number: number): Generator<KeptReference> {
    const end = this.#ends.at(number);
    for (let at = number === 0 ? 0 : this.#ends.at(number - 1); at < end; ) {
      const targets = this.#references.slice(at + 2, at + 2 + this.#references.at(at + 1));
      yield { rule: this.#rules.at(this.#references.at(at)), targets };
      at += 2 + targets.length;
    }
  }

  /** Kinds in the catalog's order; where age matters, one owner's after the other's, oldest first. */
  compare(a: number, b: number): number {
    const [one, other] = [this.identities.descriptorAt(a), this.identities.descriptorAt(b)];
    if (one !== other) return rankOf(one) - rankOf(other) || this.identities.compare(a, b);
    if (!one.oldestFirst) return this.identities.compare(a, b);
    const { identities } = this;
    const byOwner = identities.comparePlaces(a, b) || identities.ownerAt(a) - identities.ownerAt(b);
    return byOwner || this.#age.at(a) - this.#age.at(b) || this.identities.compare(a, b);
  }

  #ownerOf({ oldestFirst, relinkOwners = [] }: KindDescriptor, references: readonly Reference[]): number {
    if (!oldestFirst) return NO_OWNER;
    const owner = references.find(({ rule }) => rule.to.some(({ kind }) => relinkOwners.includes(kind)));
    const [target] = owner?.targets ?? [];
    return target === undefined ? NO_OWNER : this.identities.names.numberOf(target);
  }

  /** The same but for some of them, by the numbers of their identities. */
  without(out: ReadonlySet<number>): RestoreItems {
    if (out.size === 0) return this;
    const rest = new RestoreItems(this.identities.names);
    for (const item of this) if (!out.has(item.name)) rest.#take(this, item);
    return rest;
  }

  #take(from: RestoreItems, { number, name, descriptor, owner }: KeptItem): void {
    this.identities.add(name, descriptor, owner);
    this.#age.push(from.#age.at(number));
    this.#flags.push(from.#flags.at(number));
    for (const { rule, targets } of from.references(number)) this.#refer(rule, targets);
    this.#ends.push(this.#references.length);
  }

  #refer(rule: ReferenceRule, targets: readonly number[]): void {
    this.#references.push(this.#rules.numberOf(rule));
    this.#references.push(targets.length);
    for (const target of targets) this.#references.push(target);
  }
}

function flagsOf(wanted: Pick<WaveItem, 'startWanted' | 'statusWanted' | 'readyWanted'>): number {
  const { startWanted, statusWanted, readyWanted } = wanted;
  return (
    (startWanted ? START_WANTED : 0) | (statusWanted ? STATUS_WANTED : 0) | (readyWanted ? READY_WANTED : 0)
  );
}

/** Seconds since {@link EPOCH}, from 1; 0 where there is no time. */
export function secondsOf(time: string | undefined): number {
  const seconds = Date.parse(time ?? '') / 1000 - EPOCH;
  return Number.isFinite(seconds) ? Math.max(1, Math.floor(seconds)) : 0;
}
