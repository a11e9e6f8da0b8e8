import { Ints } from '../base/ints.ts';
import { Numbered } from '../base/numbered.ts';
import type { Step } from '../foundation/rules.ts';
import type { WaveNode } from '../foundation/waves.ts';
import type { ObjectOutcome } from '../progress/events.ts';
import type { RestoreResult } from '../progress/results/restore.ts';

/** What became of each object, counted once however many steps it took. */
export class Outcomes {
  readonly #numbers = new Numbered<ObjectOutcome>();
  /** By object: the number of its outcome, from 1; 0 while there is none. */
  readonly #outcomeOf = new Ints();
  readonly #counts: RestoreResult['objects'] = {};

  note(
    { object, step, id: { kind } }: Pick<WaveNode, 'object' | 'step' | 'id'>,
    outcome: ObjectOutcome,
  ): void {
    // On top of an object's outcome: it was made first, and started at the end.
    if (outcome === 'started') {
      this.#count(kind, outcome, 1);
      return;
    }
    while (this.#outcomeOf.length <= object) this.#outcomeOf.push(0);
    const number = this.#outcomeOf.at(object);
    const known = number === 0 ? undefined : this.#numbers.at(number - 1);
    if (known !== undefined && !outweighs(outcome, known, step)) return;
    if (known !== undefined) this.#count(kind, known, -1);
    this.#count(kind, outcome, 1);
    this.#outcomeOf.set(object, this.#numbers.numberOf(outcome) + 1);
  }

  /** By kind and outcome; what became of none is left out. */
  counts(): RestoreResult['objects'] {
    const some = Object.entries(this.#counts).map(([kind, counts]) => {
      return [kind, Object.fromEntries(Object.entries(counts).filter(([, number]) => number > 0))];
    });
    return Object.fromEntries(some);
  }

  #count(kind: string, outcome: ObjectOutcome, by: 1 | -1): void {
    const counts = this.#counts[kind] ?? {};
    this.#counts[kind] = counts;
    counts[outcome] = (counts[outcome] ?? 0) + by;
  }
}

/** A later step only changes the outcome of an object when it failed, or mended one that was there before. */
function outweighs(later: ObjectOutcome, earlier: ObjectOutcome, step: Step): boolean {
  if (later === 'failed' || later === 'skipped') return true;
  return later === 'completed' && earlier === 'unchanged' && step === 'status';
}
