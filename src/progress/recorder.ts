import { REPORTED_RETRIES, REPORTED_WAITS } from '../base/limits.ts';
import type { Loss } from '../base/losses.ts';
import type { ObjectOutcome, Phase, ProgressEvent } from './events.ts';
import type { Tally } from './tally.ts';
import { copyTotals, happened, type Totals } from './totals.ts';

/** A stretch of a run. Times are seconds of work since its beginning. */
interface Stretch {
  readonly from: number;
  readonly seconds: number;
}

/** A phase of a run. Times are seconds, from the run's beginning. */
export interface PhaseRecord extends Stretch {
  readonly phase: Phase;
  /** What happened in it, in words: `3,482 objects, 12 created`. */
  readonly what: string;
}

interface WaitRecord extends Stretch {
  readonly subject: string;
  readonly for: string;
  /** What its controller said last. */
  readonly message: string;
}

/** A wave of a restore. */
export interface WaveRecord extends Stretch {
  readonly wave: number;
  readonly kinds: readonly string[];
  readonly objects: number;
  readonly outcomes: Partial<Record<ObjectOutcome, number>>;
  /** The longest first, a few of them; `waited` counts all. */
  readonly waits: readonly WaitRecord[];
  readonly waited: number;
}

interface RetryRecord {
  readonly subject: string;
  readonly reason: string;
  readonly times: number;
}

/** What happened when, for whoever reads about it afterwards. */
export interface RunRecord {
  /** Without the time in which a person was asked. */
  readonly seconds: number;
  readonly phases: readonly PhaseRecord[];
  readonly waves: readonly WaveRecord[];
  readonly retries: number;
  /** The most frequent first, a few of them. */
  readonly retried: readonly RetryRecord[];
  readonly losses: readonly Loss[];
  readonly notes: readonly string[];
}

type Of<T extends ProgressEvent['type']> = Extract<ProgressEvent, { type: T }>;

interface Open {
  readonly from: number;
  readonly before: Totals;
}

/**
 * Keeps the times of a run beside its tally, and of the tallies of its parts one after the other: what lies between
 * them is a person's time. Bounded, but for losses and notes, which a report has to name all.
 */
export class Recorder {
  readonly #phases: PhaseRecord[] = [];
  readonly #waves: WaveRecord[] = [];
  readonly #retries = new Map<string, { subject: string; reason: string; times: number }>();
  readonly #losses: Loss[] = [];
  readonly #notes: string[] = [];
  readonly #now: () => number;
  /** Seconds of work before the present tally. */
  #before = 0;
  #tally: Tally | undefined;
  #phase: (Open & { phase: Phase }) | undefined;
  #wave: (Open & Of<'wave-started'>) | undefined;
  #waits = new Map<string, WaitRecord>();
  #ended: WaitRecord[] = [];
  #retried = 0;

  /** @param now the tallies' clock, milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Follows a tally until the returned function is called. */
  follow(tally: Tally): () => void {
    this.#tally = tally;
    const deafen = tally.listen(event => this.#hear(event, tally.totals));
    return () => {
      deafen();
      this.#leave(tally.totals);
      this.#endWave(tally.totals);
      this.#before = this.#at();
      this.#tally = undefined;
    };
  }

  record(): RunRecord {
    const byTimes = [...this.#retries.values()].sort((a, b) => b.times - a.times);
    return {
      seconds: this.#at(),
      phases: this.#phases,
      waves: this.#waves,
      retries: this.#retried,
      retried: byTimes.slice(0, REPORTED_RETRIES),
      losses: this.#losses,
      notes: this.#notes,
    };
  }

  #at(): number {
    return this.#before + (this.#tally === undefined ? 0 : (this.#now() - this.#tally.started) / 1000);
  }

  #since(from: number): Stretch {
    return { from, seconds: this.#at() - from };
  }

  #hear(event: ProgressEvent, totals: Totals): void {
    if (event.type === 'phase') this.#enter(event.phase, totals);
    if (event.type === 'wave-started')
      this.#wave = { ...event, from: this.#at(), before: copyTotals(totals) };
    if (event.type === 'wave-done') this.#endWave(totals);
    if (event.type === 'waiting') this.#wait(event);
    if (event.type === 'waited') this.#endWait(event.subject);
    if (event.type === 'retry') this.#retry(event);
    if (event.type === 'loss') this.#losses.push(event.loss);
    if (event.type === 'note') this.#notes.push(event.text);
  }

  #enter(phase: Phase, totals: Totals): void {
    if (this.#phase?.phase === phase) return;
    this.#leave(totals);
    this.#phase = { phase, from: this.#at(), before: copyTotals(totals) };
  }

  #leave(totals: Totals): void {
    if (this.#phase === undefined) return;
    const { phase, from, before } = this.#phase;
    this.#phases.push({ phase, ...this.#since(from), what: happened(before, totals) });
    this.#phase = undefined;
  }

  #wait({ subject, message = '', for: condition }: Of<'waiting'>): void {
    const from = this.#waits.get(subject)?.from ?? this.#at();
    this.#waits.set(subject, { subject, for: condition, message, from, seconds: 0 });
  }

  #endWait(subject: string): void {
    const wait = this.#waits.get(subject);
    if (wait === undefined) return;
    this.#waits.delete(subject);
    this.#ended.push({ ...wait, ...this.#since(wait.from) });
  }

  #endWave(totals: Totals): void {
    for (const subject of [...this.#waits.keys()]) this.#endWait(subject);
    const waits = this.#ended.sort((a, b) => b.seconds - a.seconds);
    this.#ended = [];
    if (this.#wave === undefined) return;
    const { wave, kinds, objects, from, before } = this.#wave;
    const outcomes = outcomesSince(before, totals);
    this.#waves.push({
      ...{ wave, kinds, objects, outcomes, ...this.#since(from) },
      ...{ waits: waits.slice(0, REPORTED_WAITS), waited: waits.length },
    });
    this.#wave = undefined;
  }

  #retry({ subject, reason }: Of<'retry'>): void {
    this.#retried++;
    const key = `${subject}: ${reason}`;
    const known = this.#retries.get(key);
    if (known !== undefined) known.times++;
    else if (this.#retries.size < 10 * REPORTED_RETRIES)
      this.#retries.set(key, { subject, reason, times: 1 });
  }
}

function outcomesSince(before: Totals, after: Totals): WaveRecord['outcomes'] {
  const outcomes = Object.keys(after.objects) as ObjectOutcome[];
  return Object.fromEntries(
    outcomes
      .map(outcome => [outcome, after.objects[outcome] - before.objects[outcome]] as const)
      .filter(([, objects]) => objects > 0),
  );
}
