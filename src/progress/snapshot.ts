import type { Flow } from '../base/flow.ts';
import type { Phase } from './events.ts';
import { count, oneLine, plural } from './format.ts';
import type { Milestone } from './milestones.ts';
import { PHASE_LABELS } from './phases.ts';
import { Estimate, Rate } from './rate.ts';
import type { Ending, Tally, Wave } from './tally.ts';
import { objectsDone } from './totals.ts';
import type { Transfer } from './transfers.ts';

/** A run that has not moved for this long stalls. Milliseconds. */
const STALL = 10_000;
/** After this long without movement no time left is promised. Milliseconds. */
const UNSURE = 5_000;
/** Window and least time of the speed that is shown, and of the pace that an estimate builds on. Milliseconds. */
const SPEED = [5_000, 1_000] as const;
const PACE = [20_000, 3_000] as const;
/** Whose answers a phase lives on. */
const DEPENDS_ON: Partial<Record<Phase, string>> = {
  connect: 'slow cluster',
  list: 'slow cluster',
  resolve: 'slow registry',
  preflight: 'slow cluster or registry',
  // A medium that holds a read up tells of itself; the target is read beside it.
  read: 'slow cluster',
  images: 'slow registry',
  resources: 'slow cluster',
  verify: 'slow medium',
};
/** How many bytes an object counts as in the overall progress: writing one takes about as long as this many bytes. */
const OBJECT_WORK = 512 * 1024;
/** Transfers that a snapshot names. */
const TRANSFERS_NAMED = 4;

/** A phase as a view shows it. */
export interface PhaseState {
  readonly label: string;
  readonly state: 'done' | 'now' | 'ahead' | 'failed';
}

interface WaveState extends Pick<Wave, 'wave' | 'of' | 'kinds' | 'objects'> {
  readonly done: number;
}

/** What a run stands still for, and how many seconds already. */
export interface WaitState {
  readonly subject: string;
  readonly for: string;
  readonly message: string;
  readonly left: number;
  readonly seconds: number;
}

interface Share {
  readonly done: number;
  readonly total: number;
}

/** A run at one moment, for showing. Times are seconds, sizes bytes; what is unknown is undefined. */
export interface Snapshot {
  readonly seconds: number;
  readonly phases: readonly PhaseState[];
  /** What is being counted before there is a plan: `3,482 objects of 12 kinds`. */
  readonly counting: string | undefined;
  /** 0 to 1, never less than before; undefined before there is a plan. */
  readonly fraction: number | undefined;
  readonly bytes: Share | undefined;
  readonly objects: Share | undefined;
  /** Bytes of the archive that are on its medium for certain. */
  readonly onMedium?: number | undefined;
  readonly bytesPerSecond: number | undefined;
  readonly secondsLeft: number | undefined;
  readonly transfers: readonly Readonly<Transfer>[];
  readonly inFlight: number;
  /** How many transfers there may be at a time; of runs in which that can be changed. */
  readonly limit: number | undefined;
  /** For how long somebody has let the transfers pause. */
  readonly paused: number | undefined;
  readonly wave: WaveState | undefined;
  /** The longest first. */
  readonly waits: readonly WaitState[];
  /** Nothing has moved for so long, although nothing is waited for; with the reason, as far as it can be told. */
  readonly stall: { readonly seconds: number; readonly because: string | undefined } | undefined;
  readonly retries: { readonly count: number; readonly last: string } | undefined;
  readonly losses: number;
  readonly milestones: readonly Milestone[];
  readonly ending: Ending | undefined;
}

/** Looks at a tally now and then, and knows what depends on when it looked before. */
export class Sampler {
  readonly #tally: Tally;
  readonly #now: () => number;
  readonly #flow: Flow | undefined;
  readonly #speed = new Rate(...SPEED);
  readonly #pace = new Rate(...PACE);
  readonly #estimate = new Estimate();
  #fraction: number | undefined;
  #milestones: readonly Milestone[] = [];
  #pausedAt: number | undefined;
  /** Before this, nothing was expected to move. */
  #resumedAt = 0;

  /**
   * @param now the tally's own clock
   * @param flow of the run's transfers, where they can be paused
   */
  constructor(tally: Tally, now: () => number, flow?: Flow) {
    this.#tally = tally;
    this.#now = now;
    this.#flow = flow;
  }

  sample(): Snapshot {
    const [tally, now] = [this.#tally, this.#now()];
    const paused = this.#pause(now);
    const movedAt = Math.max(tally.lastProgress, this.#resumedAt);
    const [bytes, objects] = [bytesOf(tally), objectsOf(tally)];
    const total = work(bytes?.total, objects?.total);
    const done = work(bytes?.done, objects?.done);
    if (tally.planned !== undefined) {
      this.#speed.add(now, tally.transfers.bytes);
      this.#pace.add(now, done);
    }
    return {
      seconds: (now - tally.started) / 1000,
      phases: phasesOf(tally),
      counting: countingOf(tally),
      fraction: this.#advance(done, total),
      bytes,
      objects,
      onMedium: tally.onMedium,
      bytesPerSecond: this.#speed.perSecond,
      secondsLeft: this.#estimate.next(now, this.#secondsLeft(now - movedAt, total - done)),
      transfers: tally.transfers.largest(TRANSFERS_NAMED).map(transfer => ({ ...transfer })),
      inFlight: tally.transfers.inFlight,
      limit: this.#flow?.limit,
      paused,
      wave: waveOf(tally),
      waits: waitsOf(tally, now),
      stall: paused === undefined ? stallOf(tally, now, movedAt) : undefined,
      retries: retriesOf(tally),
      losses: tally.totals.losses,
      milestones: this.#passed(),
      ending: tally.ending,
    };
  }

  #advance(done: number, total: number): number | undefined {
    if (this.#tally.planned === undefined) return undefined;
    const fraction = total === 0 ? 1 : Math.min(1, done / total);
    this.#fraction = Math.max(this.#fraction ?? 0, fraction);
    return this.#fraction;
  }

  #secondsLeft(still: number, work: number): number | undefined {
    const perSecond = this.#pace.perSecond ?? 0;
    if (work <= 0 || perSecond <= 0 || still > UNSURE || this.#pausedAt !== undefined) return undefined;
    return work / perSecond;
  }

  /** Seconds since somebody paused the transfers. */
  #pause(now: number): number | undefined {
    if (this.#flow?.isPaused) this.#pausedAt ??= now;
    else if (this.#pausedAt !== undefined) {
      this.#pausedAt = undefined;
      this.#resumedAt = now;
    }
    return this.#pausedAt === undefined ? undefined : (now - this.#pausedAt) / 1000;
  }

  /** The same array as long as nothing was added, since React compares by identity. */
  #passed(): readonly Milestone[] {
    const { milestones } = this.#tally;
    if (milestones.length !== this.#milestones.length) this.#milestones = [...milestones];
    return this.#milestones;
  }
}

function work(bytes = 0, objects = 0): number {
  return bytes + objects * OBJECT_WORK;
}

function bytesOf({ planned, transfers }: Tally): Share | undefined {
  if (planned === undefined || planned.bytes === 0) return undefined;
  return { done: Math.min(planned.bytes, transfers.bytes), total: planned.bytes };
}

function objectsOf({ planned, totals }: Tally): Share | undefined {
  if (planned === undefined || planned.waves === 0) return undefined;
  return { done: Math.min(planned.objects, objectsDone(totals)), total: planned.objects };
}

function phasesOf({ phases, route, ending }: Tally): PhaseState[] {
  const now = ending === undefined ? 'now' : ending === 'done' ? 'done' : 'failed';
  const been = phases.map((phase, index) => phaseState(phase, index < phases.length - 1 ? 'done' : now));
  // What the route has before the present phase was left out by this run.
  const reached = Math.max(-1, ...phases.map(phase => route.indexOf(phase)));
  return [...been, ...route.slice(reached + 1).map(phase => phaseState(phase, 'ahead'))];
}

function phaseState(phase: Phase, state: PhaseState['state']): PhaseState {
  return { label: PHASE_LABELS[phase], state };
}

function countingOf({ phases, listed, totals, resolvable }: Tally): string | undefined {
  const phase = phases.at(-1);
  if (phase === 'list') return `${plural(totals.listed, 'object')} of ${plural(listed.size, 'kind')}`;
  if (phase === 'resolve' && resolvable > 0) {
    return `${count(totals.resolved)} of ${plural(Math.max(resolvable, totals.resolved), 'image reference')}`;
  }
  return undefined;
}

function waveOf({ wave, totals }: Tally): WaveState | undefined {
  if (wave === undefined) return undefined;
  const done = Math.min(wave.objects, objectsDone(totals) - objectsDone(wave.before));
  return { wave: wave.wave, of: wave.of, kinds: wave.kinds, objects: wave.objects, done };
}

function waitsOf({ waits }: Tally, now: number): WaitState[] {
  return [...waits.values()].map(({ since, ...wait }) => ({ ...wait, seconds: (now - since) / 1000 }));
}

/** A retry that came after the last movement says why best; then what a run depends on where it is. */
function stallOf(tally: Tally, now: number, movedAt: number): Snapshot['stall'] {
  const { lastRetry, waits, phases, ending } = tally;
  if (now - movedAt < STALL || waits.size > 0 || phases.length === 0 || ending !== undefined)
    return undefined;
  const retry = lastRetry !== undefined && lastRetry.at >= movedAt ? lastRetry : undefined;
  const because = retry === undefined ? slownessOf(tally) : `${retry.subject}: ${retry.reason}`;
  return { seconds: (now - movedAt) / 1000, because: because && oneLine(because) };
}

/** A medium that has held a read or write up for long tells of it itself; else it is the other side. */
function slownessOf({ held, transfers, phases }: Tally): string | undefined {
  const [subject] = held;
  if (subject !== undefined) return `slow medium: ${subject}`;
  const [, host] = /^([^/]+[.:][^/]*)\//.exec(transfers.largest(1)[0]?.for ?? '') ?? [];
  if (host !== undefined) return `slow registry: ${host}`;
  return DEPENDS_ON[phases.at(-1) ?? 'finish'];
}

function retriesOf({ lastRetry, totals }: Tally): Snapshot['retries'] {
  if (lastRetry === undefined) return undefined;
  return { count: totals.retries, last: oneLine(`${lastRetry.subject}: ${lastRetry.reason}`) };
}
