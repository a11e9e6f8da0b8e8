import { Failure, reasonOf } from '../../base/errors.ts';
import type { Key } from './keys.ts';
import { type Common, reduce, type Trouble, type Wizard, type WizardEvent } from './wizard.ts';

/** Keeps a wizard's state, makes the calls it waits for, and tells who listens: an external store of React. */
export class Runner<S extends Common, A> {
  readonly wizard: Wizard<S, A>;
  readonly #call: (job: NonNullable<S['job']>) => Promise<A>;
  readonly #listeners = new Set<() => void>();
  #state: S;

  /** @param call answers a job; what it throws is shown */
  constructor(wizard: Wizard<S, A>, state: S, call: (job: NonNullable<S['job']>) => Promise<A>) {
    this.wizard = wizard;
    this.#state = state;
    this.#call = call;
    const { job } = state;
    if (job !== undefined) void this.#work(job);
  }

  readonly get = (): S => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly press = (key: Key): void => this.#take({ type: 'key', key });

  #take(event: WizardEvent<A>): void {
    const before = this.#state;
    this.#state = reduce(this.wizard, before, event);
    const { job } = this.#state;
    if (job !== undefined && job !== before.job) void this.#work(job);
    if (this.#state !== before) for (const listener of this.#listeners) listener();
  }

  async #work(job: NonNullable<S['job']>): Promise<void> {
    try {
      this.#take({ type: 'answered', job, answer: await this.#call(job) });
    } catch (error) {
      this.#take({ type: 'failed', job, trouble: troubleOf(error) });
    }
  }
}

function troubleOf(error: unknown): Trouble {
  const subject = error instanceof Failure && error.subject !== undefined ? `${error.subject}: ` : '';
  return { text: `${subject}${reasonOf(error)}`, hints: error instanceof Failure ? error.hints : [] };
}
