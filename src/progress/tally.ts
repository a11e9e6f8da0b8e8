import type { Phase, ProgressEvent, Report } from './events.ts';
import { oneLine } from './format.ts';
import { type Milestone, Milestones } from './milestones.ts';
import { PHASE_LABELS } from './phases.ts';
import { copyTotals, happened, noTotals, type Totals } from './totals.ts';
import { Transfers } from './transfers.ts';

/** How a run ended, as far as its views are concerned. */
export type Ending = 'done' | 'failed' | 'interrupted';

/** What a run stands still for. Times are those of the tally's clock, milliseconds. */
export interface Wait {
  readonly subject: string;
  readonly for: string;
  readonly message: string;
  readonly left: number;
  readonly since: number;
}

/** The wave that is under way. */
export interface Wave {
  readonly wave: number;
  readonly of: number;
  readonly kinds: readonly string[];
  readonly objects: number;
  readonly since: number;
  /** The totals at its start. */
  readonly before: Totals;
}

/** Events that do not mean that anything moved forward. */
const STANDING: ReadonlySet<ProgressEvent['type']> = new Set(['waiting', 'held', 'retry', 'note', 'loss']);

type Of<T extends ProgressEvent['type']> = Extract<ProgressEvent, { type: T }>;

/**
 * The events of a run added up: the one thing that every view reads. Facts only; what depends on the moment of
 * looking (rates, what is left) is the {@link Sampler}'s. Changed in place, so that an event costs nearly nothing.
 */
export class Tally {
  readonly started: number;
  readonly totals = noTotals();
  readonly transfers = new Transfers();
  /** Objects listed so far, by kind. */
  readonly listed = new Map<string, number>();
  readonly waits = new Map<string, Wait>();
  /** Media that a read or write waits for. */
  readonly held = new Set<string>();
  /** Where the run has been and is, in order. */
  readonly phases: Phase[] = [];
  /** The phases that are expected, for a view of what is to come. */
  readonly route: readonly Phase[];
  planned: Omit<Of<'planned'>, 'type'> | undefined;
  /** Bytes of the archive that are on its medium; undefined where nobody says so. */
  onMedium: number | undefined;
  /** Images known while they are being resolved. */
  resolvable = 0;
  wave: Wave | undefined;
  lastRetry: (Omit<Of<'retry'>, 'type'> & { at: number }) | undefined;
  /** When something last moved forward. */
  lastProgress: number;
  ending: Ending | undefined;

  readonly #now: () => number;
  readonly #milestones = new Milestones();
  readonly #listeners = new Set<Report>();
  #phase: { since: number; before: Totals } | undefined;

  /** @param now a clock in milliseconds that never goes back */
  constructor(now: () => number, route: readonly Phase[] = []) {
    this.#now = now;
    this.started = now();
    this.lastProgress = this.started;
    this.route = route;
  }

  /** What is over, oldest first; only ever appended to. */
  get milestones(): readonly Milestone[] {
    return this.#milestones.list;
  }

  /** Takes an event; bound, to be handed to an engine as it is. */
  readonly report: Report = event => {
    if (!STANDING.has(event.type)) this.lastProgress = this.#now();
    switch (event.type) {
      case 'phase':
        this.#enter(event.phase);
        break;
      case 'listed':
        this.#list(event);
        break;
      case 'resolved':
        this.totals.resolved++;
        this.resolvable = Math.max(this.resolvable, event.of);
        break;
      case 'planned':
        this.planned = event;
        break;
      case 'blob-started':
      case 'blob-progress':
      case 'blob-done':
      case 'blob-failed':
        this.#move(event);
        break;
      case 'on-medium':
        this.onMedium = event.bytes;
        break;
      case 'manifest-done':
        this.totals.manifests++;
        break;
      case 'object-done':
        this.totals.objects[event.how]++;
        break;
      case 'wave-started':
        this.#startWave(event);
        break;
      case 'wave-done':
        this.#endWave();
        break;
      case 'waiting':
        this.#wait(event);
        break;
      case 'waited':
        this.waits.delete(event.subject);
        break;
      case 'held':
        this.held.add(oneLine(event.subject));
        break;
      case 'released':
        this.held.delete(oneLine(event.subject));
        break;
      default:
        this.#trouble(event);
    }
    for (const listener of this.#listeners) listener(event);
  };

  /** Hears every event after it was added up, until the returned function is called. */
  listen(listener: Report): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The run is over: closes the phase that is open. */
  end(ending: Ending): void {
    this.#leave(ending);
    this.waits.clear();
    this.ending = ending;
  }

  #enter(phase: Phase): void {
    if (this.phases.at(-1) === phase) return;
    this.#leave('done');
    this.phases.push(phase);
    this.#phase = { since: this.#now(), before: copyTotals(this.totals) };
  }

  #leave(ending: Ending): void {
    const label = this.phases.at(-1);
    if (label === undefined || this.#phase === undefined) return;
    const text = happened(this.#phase.before, this.totals);
    this.#milestones.phase(PHASE_LABELS[label], text, this.#secondsSince(this.#phase.since), ending);
    this.#phase = undefined;
  }

  #list(event: Of<'listed'>): void {
    const before = this.listed.get(event.kind) ?? 0;
    this.listed.set(event.kind, event.objects);
    this.totals.listed += event.objects - before;
    if (event.done) this.totals.kinds++;
  }

  #move(event: Of<'blob-started' | 'blob-progress' | 'blob-done' | 'blob-failed'>): void {
    const { digest } = event;
    if (event.type === 'blob-started') this.transfers.start(digest, event.bytes, oneLine(event.for));
    else if (event.type === 'blob-progress') this.transfers.progress(digest, event.bytes);
    else if (event.type === 'blob-done') this.#settle(event);
    else this.transfers.giveUp(digest);
  }

  #settle(event: Of<'blob-done'>): void {
    if (!this.transfers.settle(event.digest, event.bytes)) return;
    this.totals[`${event.how}Blobs`]++;
    if (event.how === 'moved') this.totals.movedBytes += event.bytes;
  }

  #startWave({ wave, of, kinds, objects }: Of<'wave-started'>): void {
    const before = copyTotals(this.totals);
    this.wave = { wave, of, kinds: kinds.map(oneLine), objects, since: this.#now(), before };
  }

  #endWave(): void {
    if (this.wave === undefined) return;
    const { wave, of, kinds, since, before } = this.wave;
    this.#milestones.wave(wave, of, kinds, happened(before, this.totals), this.#secondsSince(since));
    this.wave = undefined;
    this.waits.clear();
  }

  #wait({ subject, message = '', left, for: condition }: Of<'waiting'>): void {
    const since = this.waits.get(subject)?.since ?? this.#now();
    this.waits.set(subject, {
      subject: oneLine(subject),
      for: oneLine(condition),
      message: oneLine(message),
      left,
      since,
    });
  }

  #trouble(event: Of<'retry' | 'note' | 'loss'>): void {
    if (event.type === 'note') this.#milestones.note(event.text);
    if (event.type === 'loss') {
      this.totals.losses++;
      this.#milestones.loss(event.loss);
    }
    if (event.type === 'retry') {
      this.totals.retries++;
      this.lastRetry = { ...event, at: this.#now() };
    }
  }

  #secondsSince(then: number): number {
    return (this.#now() - then) / 1000;
  }
}
