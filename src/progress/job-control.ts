import { isInForeground } from './foreground.ts';

/** How often a job in the background looks whether it has come to the front, and how soon a stop takes effect. */
const BACKGROUND_LOOK = 250;
const STOP_TAKES = 50;

/**
 * What holds a terminal: it takes it, gives it back as it was, and knows when it is needed no more. Given back, nothing
 * reads from it: a job in the background that does is stopped (SIGTTIN) at the first key meant for the shell.
 */
export interface Holder {
  take(): void;
  give(): Promise<void>;
  isOver(): boolean;
}

/**
 * Ctrl-Z, `fg` and `bg` as with any other program: SIGTSTP gives the terminal back and stops the process, `fg` takes it
 * again. A job in the background holds no terminal; it looks now and then whether it has come to the front.
 */
export class JobControl {
  readonly #holder: Holder;
  #background: NodeJS.Timeout | undefined;
  #isWanted = false;

  constructor(holder: Holder) {
    this.#holder = holder;
  }

  begin(): void {
    this.#isWanted = true;
    process.on('SIGTSTP', this.#onStop).on('SIGCONT', this.#onContinue);
    this.#take();
  }

  async end(): Promise<void> {
    this.#isWanted = false;
    clearInterval(this.#background);
    process.off('SIGTSTP', this.#onStop).off('SIGCONT', this.#onContinue);
    await this.#holder.give();
  }

  #take(): void {
    if (isInForeground()) {
      this.#holder.take();
      return;
    }
    clearInterval(this.#background);
    this.#background = setInterval(() => {
      if (!isInForeground()) return;
      clearInterval(this.#background);
      this.#take();
    }, BACKGROUND_LOOK);
  }

  readonly #onStop = async (): Promise<void> => {
    await this.end();
    // Without a listener the signal does what it does to every program. Where nobody could continue us it does nothing.
    process.kill(process.pid, 'SIGTSTP');
    setTimeout(() => {
      if (!this.#holder.isOver() && !this.#isWanted) this.begin();
    }, STOP_TAKES);
  };

  /** After a SIGSTOP, which nobody can hear, the terminal is as the shell has it. */
  readonly #onContinue = async (): Promise<void> => {
    await this.end();
    if (!this.#holder.isOver()) this.begin();
  };
}

/** To all that the terminal would send it to: the other programs of a pipe too. */
export function signalJob(signal: NodeJS.Signals): void {
  if (process.platform !== 'win32') process.kill(0, signal);
}
