import type { LiveViewHandle } from '../../ui/live-view.tsx';
import type { Milestone } from '../milestones.ts';
import type { Printer } from '../printer.ts';
import { Sampler, type Snapshot } from '../snapshot.ts';
import type { Tally } from '../tally.ts';

export interface InkOptions {
  stream: NodeJS.WriteStream;
  env: NodeJS.ProcessEnv;
  now: () => number;
}

/** The live view on a terminal. Ink and React are loaded only when it starts, while the run is already under way. */
export class InkPrinter implements Printer {
  readonly #tally: Tally;
  readonly #options: InkOptions;
  #view: Promise<LiveViewHandle> | undefined;
  /** Milestones that a view before this one has left on the screen. */
  #left: readonly Milestone[] = [];

  constructor(tally: Tally, options: InkOptions) {
    this.#tally = tally;
    this.#options = options;
  }

  start(): void {
    const { stream, env, now } = this.#options;
    const sampler = new Sampler(this.#tally, now);
    this.#view = import('../../ui/live-view.tsx').then(ui =>
      ui.openLiveView({ sample: this.#withoutLeft(() => sampler.sample()), stream, env }),
    );
    // A failure to draw is thrown by stop(), where somebody listens; before that it must not end the run.
    this.#view.catch(() => undefined);
  }

  async stop(): Promise<void> {
    const view = await this.#view;
    await view?.close();
  }

  async pause(): Promise<void> {
    await this.stop();
    this.#left = [...this.#tally.milestones];
  }

  /** The same array as long as nothing was added, since React compares by identity. */
  #withoutLeft(sample: () => Snapshot): () => Snapshot {
    const left = this.#left.length;
    if (left === 0) return sample;
    let all: readonly Milestone[] = [];
    let milestones: readonly Milestone[] = [];
    return () => {
      const snapshot = sample();
      if (snapshot.milestones !== all) milestones = snapshot.milestones.slice(left);
      all = snapshot.milestones;
      return { ...snapshot, milestones };
    };
  }
}
