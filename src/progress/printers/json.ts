import type { ProgressEvent } from '../events.ts';
import type { Printer, TextStream } from '../printer.ts';
import { Sampler } from '../snapshot.ts';
import type { Ending, Tally } from '../tally.ts';

/** The version of {@link ProgressLine}; it grows when a reader of the old one would go wrong. New fields do not count. */
const SCHEMA = 1;
/** A blob's progress is told once in so many milliseconds, and so is the summary. */
const BLOB_INTERVAL = 1_000;
const SUMMARY_INTERVAL = 5_000;

/**
 * One line of `--progress json`, UTF-8, ended by a line feed: what happened and when (RFC 3339, UTC). The events
 * are those of events.ts as the engines send them, and two of the printer's own.
 */
export interface ProgressLine {
  v: typeof SCHEMA;
  time: string;
  event: ProgressEvent | SummaryEvent | EndEvent;
}

/** Where the run stands. What is unknown is absent; sizes are bytes, times seconds. */
interface SummaryEvent {
  type: 'summary';
  seconds: number;
  /** 0 to 1, never less than before. */
  fraction?: number;
  bytes?: { done: number; total: number };
  objects?: { done: number; total: number };
  bytesPerSecond?: number;
  secondsLeft?: number;
  retries: number;
  losses: number;
}

/** The last line. The result itself is on standard output. */
interface EndEvent {
  type: 'end';
  ending: Ending;
  seconds: number;
}

/** Lines of JSON for programs that watch. */
export class JsonPrinter implements Printer {
  readonly #tally: Tally;
  readonly #stream: TextStream;
  readonly #now: () => number;
  readonly #sampler: Sampler;
  /** When each blob in flight was last told about. */
  readonly #toldAt = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #deafen: (() => void) | undefined;

  constructor(tally: Tally, stream: TextStream, now: () => number) {
    this.#tally = tally;
    this.#stream = stream;
    this.#now = now;
    this.#sampler = new Sampler(tally, now);
  }

  start(): void {
    this.#deafen = this.#tally.listen(event => {
      if (this.#isNews(event)) this.#tell(event);
    });
    this.#timer = setInterval(() => this.#tell(this.#summary()), SUMMARY_INTERVAL);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#deafen?.();
    this.#tell(this.#summary());
    const { ending = 'failed', started } = this.#tally;
    this.#tell({ type: 'end', ending, seconds: (this.#now() - started) / 1000 });
  }

  #isNews(event: ProgressEvent): boolean {
    if (event.type === 'blob-done' || event.type === 'blob-failed') this.#toldAt.delete(event.digest);
    if (event.type !== 'blob-progress') return true;
    const now = this.#now();
    if (now - (this.#toldAt.get(event.digest) ?? Number.NEGATIVE_INFINITY) < BLOB_INTERVAL) return false;
    this.#toldAt.set(event.digest, now);
    return true;
  }

  #summary(): SummaryEvent {
    const { seconds, fraction, bytes, objects, bytesPerSecond, secondsLeft, losses } = this.#sampler.sample();
    const known = { fraction, bytes, objects, bytesPerSecond, secondsLeft };
    const present = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
    return { type: 'summary', seconds, ...present, retries: this.#tally.totals.retries, losses };
  }

  #tell(event: ProgressLine['event']): void {
    const line: ProgressLine = { v: SCHEMA, time: new Date().toISOString(), event };
    this.#stream.write(`${JSON.stringify(line)}\n`);
  }
}
