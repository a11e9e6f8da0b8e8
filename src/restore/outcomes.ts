import type { KindDescriptor, Step } from '../foundation/descriptor.ts';
import type { ObjectOutcome } from '../progress/events.ts';
import type { RestoreResult } from '../progress/results.ts';

/** What became of each object, counted once however many steps it took. */
export class Outcomes {
  readonly #byKey = new Map<string, { readonly kind: string; outcome: ObjectOutcome }>();
  /** On top of an object's outcome: it was made first, and started at the end. */
  readonly #started = new Map<string, number>();

  note({ kind }: KindDescriptor, key: string, step: Step, outcome: ObjectOutcome): void {
    if (outcome === 'started') {
      this.#started.set(kind, (this.#started.get(kind) ?? 0) + 1);
      return;
    }
    const known = this.#byKey.get(key);
    if (known === undefined) this.#byKey.set(key, { kind, outcome });
    else if (outweighs(outcome, known.outcome, step)) known.outcome = outcome;
  }

  counts(): RestoreResult['objects'] {
    const counts: RestoreResult['objects'] = {};
    const add = (kind: string, outcome: ObjectOutcome, number: number) => {
      const ofKind = counts[kind] ?? {};
      counts[kind] = { ...ofKind, [outcome]: (ofKind[outcome] ?? 0) + number };
    };
    for (const { kind, outcome } of this.#byKey.values()) add(kind, outcome, 1);
    for (const [kind, number] of this.#started) add(kind, 'started', number);
    return counts;
  }
}

/** A later step only changes the outcome of an object when it failed, or mended one that was there before. */
function outweighs(later: ObjectOutcome, earlier: ObjectOutcome, step: Step): boolean {
  if (later === 'failed' || later === 'skipped') return true;
  return later === 'completed' && earlier === 'unchanged' && step === 'status';
}
