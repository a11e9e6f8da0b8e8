import { type Action, type KeyState, NO_KEYS_YET, press } from '../../ui/keys.ts';
import type { LiveViewHandle, LiveViewOptions } from '../../ui/live-view.tsx';
import type { Controls } from '../controls.ts';
import { isInForeground } from '../foreground.ts';
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

/** How often a job in the background looks whether it has come to the front, and how soon a stop takes effect. */
const BACKGROUND_LOOK = 1_000;
const STOP_TAKES = 50;

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
  #background: NodeJS.Timeout | undefined;
  #isWanted = false;
  #deafen: (() => void) | undefined;

  readonly #acts: Readonly<Record<Action, () => void>>;

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
      // To all that the terminal would send it to: the other programs of a pipe too.
      suspend: () => signalJob('SIGTSTP'),
      quit: () => void this.pause().finally(() => signalJob('SIGQUIT')),
    };
    this.#sampler = new Sampler(tally, options.now, options.controls.flow);
  }

  start(): void {
    this.#isWanted = true;
    this.#deafen ??= this.#tally.listen(event => this.#messages.hear(event));
    process.on('SIGTSTP', this.#onStop).on('SIGCONT', this.#onContinue);
    this.#show();
  }

  async stop(): Promise<void> {
    this.#deafen?.();
    await this.pause();
  }

  async pause(): Promise<void> {
    this.#isWanted = false;
    clearInterval(this.#background);
    process.off('SIGTSTP', this.#onStop).off('SIGCONT', this.#onContinue);
    // What came to its end in the background is told after all.
    if (this.#view === undefined && this.#left.length < this.#tally.milestones.length) this.#open();
    this.#keyboard?.close();
    const view = this.#view;
    this.#view = undefined;
    await (await view)?.close();
    this.#left = [...this.#tally.milestones];
  }

  #show(): void {
    if (isInForeground()) {
      this.#keyboard = Keyboard.open(key => this.#press(key));
      this.#open();
      return;
    }
    clearInterval(this.#background);
    this.#background = setInterval(() => {
      if (!isInForeground()) return;
      clearInterval(this.#background);
      this.#show();
    }, BACKGROUND_LOOK).unref();
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
          canSteer: controls.flow !== undefined,
          wayOn: controls.wayOn(),
          messages: this.#messages.lines,
        },
      };
    };
  }

  #press(key: string): void {
    const { flow } = this.#options.controls;
    const { state, action } = press(this.#keys, key, flow !== undefined);
    this.#keys = state;
    if (action !== undefined) this.#acts[action]();
    void this.#view?.then(view => view.refresh());
  }

  readonly #onStop = async (): Promise<void> => {
    await this.pause();
    // Without a listener the signal does what it does to every program. Where nobody could continue us it does nothing.
    process.kill(process.pid, 'SIGTSTP');
    setTimeout(() => {
      if (this.#tally.ending === undefined && !this.#isWanted) this.start();
    }, STOP_TAKES);
  };

  /** After a SIGSTOP, which nobody can hear, the terminal is as the shell has it. */
  readonly #onContinue = async (): Promise<void> => {
    await this.pause();
    if (this.#tally.ending === undefined) this.start();
  };
}

function signalJob(signal: NodeJS.Signals): void {
  if (process.platform !== 'win32') process.kill(0, signal);
}
