import { type Action, type KeyState, NO_KEYS_YET, press } from '../../ui/keys.ts';
import type { LiveViewHandle, LiveViewOptions } from '../../ui/live-view.tsx';
import type { Controls } from '../controls.ts';
import { JobControl, signalJob } from '../job-control.ts';
import { Keyboard } from '../keyboard.ts';
import { LastMessages } from '../log-lines.ts';
import type { Milestone } from '../milestones.ts';
import type { Printer } from '../printer.ts';
import { Sampler } from '../snapshot.ts';
import type { Tally } from '../tally.ts';

export interface InkOptions {
  stream: NodeJS.WriteStream;
  env: NodeJS.ProcessEnv;
  now: () => number;
  controls: Controls;
}

/**
 * The live view on a terminal, and the keys of whoever watches it. Ink and React are loaded only when it starts,
 * while the run is already under way.
 *
 * A job in the background has no view and takes no keys; the run goes on. Ctrl-Z (or SIGTSTP) gives the terminal
 * back and stops the process as for any other program; `fg` brings the view again.
 */
export class InkPrinter implements Printer {
  readonly #tally: Tally;
  readonly #options: InkOptions;
  readonly #messages = new LastMessages();
  readonly #sampler: Sampler;
  #view: Promise<LiveViewHandle> | undefined;
  #keyboard: Keyboard | undefined;
  #keys: KeyState = NO_KEYS_YET;
  /** Milestones that a view before this one has left on the screen. */
  #left: readonly Milestone[] = [];
  #deafen: (() => void) | undefined;

  readonly #acts: Readonly<Record<Action, () => void>>;
  readonly #job: JobControl;

  constructor(tally: Tally, options: InkOptions) {
    this.#tally = tally;
    this.#options = options;
    const { flow, finish, abandon } = options.controls;
    this.#acts = {
      pause: () => (flow?.isPaused ? flow.resume() : flow?.pause()),
      more: () => flow?.raise(),
      fewer: () => flow?.lower(),
      finish,
      abandon,
      suspend: () => signalJob('SIGTSTP'),
      quit: () => void this.pause().finally(() => signalJob('SIGQUIT')),
    };
    this.#sampler = new Sampler(tally, options.now, options.controls.flow);
    this.#job = new JobControl({
      take: () => {
        this.#keyboard = Keyboard.open(key => this.#press(key));
        this.#open();
      },
      give: () => this.#give(),
      isOver: () => tally.ending !== undefined,
    });
  }

  start(): void {
    this.#deafen ??= this.#tally.listen(event => this.#messages.hear(event));
    this.#job.begin();
  }

  async stop(): Promise<void> {
    this.#deafen?.();
    await this.pause();
  }

  pause(): Promise<void> {
    return this.#job.end();
  }

  async #give(): Promise<void> {
    // What came to its end in the background is told after all.
    if (this.#view === undefined && this.#left.length < this.#tally.milestones.length) this.#open();
    this.#keyboard?.close();
    const view = this.#view;
    this.#view = undefined;
    await (await view)?.close();
    this.#left = [...this.#tally.milestones];
  }

  #open(): void {
    const { stream, env } = this.#options;
    this.#view = import('../../ui/live-view.tsx').then(ui =>
      ui.openLiveView({ sample: this.#sample(), stream, env }),
    );
    // A failure to draw is thrown by stop(), where somebody listens; before that it must not end the run.
    this.#view.catch(() => undefined);
  }

  /** The same array of milestones as long as nothing was added, since React compares by identity. */
  #sample(): LiveViewOptions['sample'] {
    const { controls } = this.#options;
    const left = this.#left.length;
    let all: readonly Milestone[] = [];
    let milestones: readonly Milestone[] = [];
    return () => {
      const snapshot = this.#sampler.sample();
      if (snapshot.milestones !== all) milestones = snapshot.milestones.slice(left);
      all = snapshot.milestones;
      return {
        ...{ ...snapshot, milestones },
        desk: {
          keys: this.#keys,
          isWatched: this.#keyboard !== undefined,
          steers: this.#steered,
          wayOn: controls.wayOn(),
          messages: this.#messages.lines,
        },
      };
    };
  }

  /** Where one thing at a time is done, it can only be paused. */
  get #steered(): 'nothing' | 'pause' | 'all' {
    const { flow } = this.#options.controls;
    if (flow === undefined) return 'nothing';
    return flow.most === 1 ? 'pause' : 'all';
  }

  #press(key: string): void {
    const { state, action } = press(this.#keys, key, this.#steered);
    this.#keys = state;
    if (action !== undefined) this.#acts[action]();
    void this.#view?.then(view => view.refresh());
  }
}
