import { Failure } from '../../base/errors.ts';
import type { Flow } from '../../base/flow.ts';
import type { Tally } from '../../progress/tally.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What is under way counts as finished when nothing has moved for so long. Milliseconds. */
const STILL = 1_500;
/** Nobody who asked for an end waits longer than this for it: a large layer may take hours. Milliseconds. */
const PATIENCE = 20_000;
const LOOK = 100;

/** How a run ends before it is done: at a signal, or because of the person who watches it. */
export class Stopping implements Disposable {
  readonly #controller = new AbortController();
  readonly #tally: Tally;
  readonly #flow: Flow | undefined;
  readonly #now: () => number;
  readonly #wayOn: () => string;
  readonly #interrupt = (signal: NodeJS.Signals) => this.#end(`interrupted by ${signal}`);
  #looking: NodeJS.Timeout | undefined;

  /**
   * @param now the tally's clock
   * @param wayOn tells how to go on later
   */
  constructor(tally: Tally, flow: Flow | undefined, now: () => number, wayOn: () => string) {
    this.#tally = tally;
    this.#flow = flow;
    this.#now = now;
    this.#wayOn = wayOn;
    for (const signal of SIGNALS) process.on(signal, this.#interrupt);
  }

  /** Aborted with the failure that the run ends in. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Lets what is under way come to its end, for a while, and begins nothing further. */
  readonly finish = (): void => {
    if (this.#looking !== undefined) return;
    const asked = this.#now();
    this.#flow?.pause();
    this.#looking = setInterval(() => {
      const now = this.#now();
      const isStill = now - Math.max(asked, this.#tally.lastProgress) > STILL;
      if (this.#flow === undefined || isStill || now - asked > PATIENCE) this.#abort('stopped as asked');
    }, LOOK);
  };

  /** Ends the run at once. Asked for a second time, it ends the program. */
  readonly abandon = (): void => this.#end('interrupted by Ctrl-C');

  [Symbol.dispose](): void {
    clearInterval(this.#looking);
    for (const signal of SIGNALS) process.off(signal, this.#interrupt);
  }

  #end(message: string): void {
    if (this.signal.aborted) process.exit(130);
    this.#abort(message);
  }

  #abort(message: string): void {
    clearInterval(this.#looking);
    if (this.signal.aborted) return;
    this.#controller.abort(new Failure('interrupted', message, { hints: [this.#wayOn()] }));
  }
}
