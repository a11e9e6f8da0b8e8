import { figuresOf, percentOf, retriesOf, stallOf, waitOf, waveOf } from '../describe.ts';
import type { ProgressEvent } from '../events.ts';
import { duration } from '../format.ts';
import type { Milestone } from '../milestones.ts';
import { PHASE_LABELS } from '../phases.ts';
import type { Printer, TextStream } from '../printer.ts';
import { Sampler, type Snapshot } from '../snapshot.ts';
import type { Tally } from '../tally.ts';

/** Rates need a look a second; a log needs a sign of life every ten. */
const LOOK = 1_000;
const LOOKS_A_HEARTBEAT = 10;

/**
 * Lines for logs and pipes, each complete in itself, without an escape code: what begins and ends, losses and
 * notes as they come, and a sign of life every ten seconds.
 */
export class PlainPrinter implements Printer {
  readonly #tally: Tally;
  readonly #stream: TextStream;
  readonly #sampler: Sampler;
  #told = 0;
  #looks = 0;
  #timer: NodeJS.Timeout | undefined;
  #deafen: (() => void) | undefined;

  constructor(tally: Tally, stream: TextStream, now: () => number) {
    this.#tally = tally;
    this.#stream = stream;
    this.#sampler = new Sampler(tally, now);
  }

  start(): void {
    this.#deafen = this.#tally.listen(event => this.#hear(event));
    this.#timer = setInterval(() => this.#look(), LOOK);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#deafen?.();
    this.#tellMilestones();
  }

  #hear(event: ProgressEvent): void {
    this.#tellMilestones();
    if (event.type === 'wave-started') this.#tell('resources', waveOf(this.#sampler.sample()));
  }

  #look(): void {
    const snapshot = this.#sampler.sample();
    this.#looks++;
    if (this.#looks % LOOKS_A_HEARTBEAT === 0) this.#heartbeat(snapshot);
  }

  #heartbeat(snapshot: Snapshot): void {
    const phase = this.#tally.phases.at(-1);
    if (phase === undefined) return;
    const figures = [percentOf(snapshot), ...figuresOf(snapshot)].filter(part => part !== undefined);
    const wait = snapshot.waits[0];
    const said = wait === undefined || wait.message === '' ? '' : `: ${wait.message}`;
    const trouble = wait === undefined ? stallOf(snapshot) : `${waitOf(wait)}${said}`;
    const parts = [figures.join(', '), trouble ?? retriesOf(snapshot) ?? ''].filter(part => part !== '');
    this.#tell(PHASE_LABELS[phase], parts.length === 0 ? 'still at it' : parts.join('; '));
  }

  #tellMilestones(): void {
    const { milestones } = this.#tally;
    for (; this.#told < milestones.length; this.#told++) {
      const milestone = milestones[this.#told];
      if (milestone !== undefined) this.#tell(milestone.title, textOf(milestone));
    }
  }

  #tell(title: string, text = ''): void {
    this.#stream.write(`${title}: ${text}\n`);
  }
}

function textOf({ text, seconds, mark }: Milestone): string {
  if (seconds === undefined) return text;
  const what = text === '' && mark === 'done' ? 'done' : text;
  return `${what} (${duration(seconds)})`;
}
