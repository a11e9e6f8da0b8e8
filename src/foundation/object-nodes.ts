import { Ints, Shorts } from '../base/ints.ts';
import type { Step } from './rules.ts';

/** Steps by their numbers, in the order in which an object takes them. */
const STEPS: readonly Step[] = ['create', 'status', 'touch', 'ready', 'start'];

/** A step of an object as one number: of the millions that a large restore has, each is kept for long. */
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
 * What an object may have a node for, in the order of the nodes; `works` is the virtual one of everything being there
 * without which it does not work (a ServiceAccount's RoleBindings).
 */
const PARTS = ['status', 'works', 'touch', 'ready', 'start'] as const;
type Part = (typeof PARTS)[number];

const NONE = -1;

/** The nodes of each object, which lie one behind the other: what it has, and where they begin. */
export class ObjectNodes {
  readonly #first = new Ints();
  /** A bit for each of {@link PARTS}. */
  readonly #has = new Shorts();

  /**
   * Adds an object.
   * @param add adds a node and returns its number, each one more than the one before
   */
  add(has: Readonly<Record<Part, boolean>>, add: (part: Part | 'create') => number): void {
    let bits = 0;
    this.#first.push(add('create'));
    for (const [bit, part] of PARTS.entries()) {
      if (!has[part]) continue;
      bits |= 1 << bit;
      add(part);
    }
    this.#has.push(bits);
  }

  /** {@link NONE} where the object has no such part. */
  of(item: number, part: Part): number {
    const [has, bit] = [this.#has.at(item), PARTS.indexOf(part)];
    if ((has & (1 << bit)) === 0) return NONE;
    let node = this.#first.at(item) + 1;
    for (let before = 0; before < bit; before++) node += (has >> before) & 1;
    return node;
  }

  created(item: number): number {
    return this.#first.at(item);
  }

  /** Created, and its status written where it has one to write. */
  placed(item: number): number {
    const status = this.of(item, 'status');
    return status === NONE ? this.created(item) : status;
  }

  /** Placed, together with everything without which it does not work. */
  works(item: number): number {
    const works = this.of(item, 'works');
    return works === NONE ? this.placed(item) : works;
  }
}
