import type { Flow } from '../base/flow.ts';
import { BLOBS_IN_FLIGHT } from '../base/limits.ts';
import type { BlobReader, Part } from './ranges.ts';
import type { BlobSource } from './registry.ts';
import { Ring } from './ring.ts';
import type { BlobsOptions } from './segments.ts';

/** In bytes. */
export interface PartSizes {
  /** The largest part. */
  readonly part: number;
  /** All parts that are asked for and not yet done with: three of the largest, or more. */
  readonly all: number;
}

/** A part of a blob that is to be asked for. */
interface Cut {
  readonly index: number;
  readonly source: BlobSource;
  readonly part: Part;
}

/** How many bytes of a blob have come, and how many were told of. */
interface Came {
  bytes: number;
  told: number;
}

/** A part of a blob that has been asked for. */
interface PartUnderWay extends Cut {
  readonly buffer: Buffer;
  readonly came: Came;
  /** False when the registry has no ranges. */
  readonly filled: Promise<boolean>;
}

interface AskOptions extends Pick<BlobsOptions, 'onBegin' | 'onProgress' | 'begun'> {
  readonly flow: Flow;
  readonly sizes: PartSizes;
  readonly signal: AbortSignal;
}

/** The parts of blobs in order, asked for ahead of their turn, as long as the flow and the memory allow. */
export class PartsUnderWay {
  readonly #reader: BlobReader;
  readonly #options: AskOptions;
  readonly #ring: Ring;
  readonly #cuts: Iterator<Cut, void>;
  readonly #underWay: PartUnderWay[] = [];
  #next: IteratorResult<Cut, void>;
  /** The blob of the part that was asked for last. */
  #latest = -1;
  #came: Came = { bytes: 0, told: -1 };

  constructor(reader: BlobReader, wanted: readonly BlobSource[], options: AskOptions) {
    this.#reader = reader;
    this.#options = options;
    this.#ring = new Ring(options.sizes.all);
    this.#cuts = cut(reader, wanted, options);
    this.#next = this.#cuts.next();
  }

  /** Takes the part whose turn it is off what is under way; also after a pause in which all that was under way has come. */
  async take(): Promise<PartUnderWay | undefined> {
    const { flow, signal } = this.#options;
    this.#askAhead();
    while (this.#underWay.length === 0 && this.#next.done !== true) {
      await flow.turn(signal);
      this.#askAhead();
    }
    return this.#underWay.shift();
  }

  /** So many bytes of the part's blob have come. */
  tell({ index, came }: Pick<PartUnderWay, 'index' | 'came'>, bytes: number): void {
    if (bytes <= came.told) return;
    came.told = bytes;
    this.#options.onProgress?.(index, bytes);
  }

  /** The memory of the first part that has not given it back is free. */
  giveBackFirst(): void {
    this.#ring.giveBackFirst();
  }

  #askAhead(): void {
    const { flow } = this.#options;
    while (this.#next.done !== true && !flow.isPaused && this.#underWay.length < flow.limit) {
      const buffer = this.#ring.take(this.#next.value.part.length);
      if (buffer === undefined) return;
      this.#underWay.push(this.#ask(this.#next.value, buffer));
      this.#next = this.#cuts.next();
    }
  }

  #ask({ index, source, part }: Cut, into: Buffer): PartUnderWay {
    const { onBegin, begun, signal } = this.#options;
    if (index > this.#latest) {
      onBegin?.(index);
      this.#came = { bytes: index === 0 ? (begun?.passed ?? 0) : 0, told: -1 };
      this.#latest = index;
    }
    const came = this.#came;
    const filled = this.#reader.read(source, { ...part, into, signal, onFilled: this.#adding(index, came) });
    // It is looked at when its turn comes; until then it must not count as unhandled.
    filled.catch(() => undefined);
    return { index, source, part, buffer: into, filled, came };
  }

  /** Adds up what has come of a blob's parts, whichever comes first; a part that is asked for again begins anew. */
  #adding(index: number, came: Came): (bytes: number) => void {
    let before = 0;
    return bytes => {
      came.bytes += bytes - before;
      before = bytes;
      this.tell({ index, came }, came.bytes);
    };
  }
}

/** All parts of all blobs in order; an empty blob is one empty part, and one without ranges only begins. */
function* cut(
  reader: BlobReader,
  wanted: readonly BlobSource[],
  { sizes, flow, begun }: AskOptions,
): Generator<Cut, void> {
  for (const [index, source] of wanted.entries()) {
    const { size } = source.descriptor;
    let offset = index === 0 ? (begun?.passed ?? 0) : 0;
    let end = offset;
    do {
      if (offset === end) end = Math.min(size, offset + stretchBytes(sizes, flow.limit));
      const length = Math.min(partBytes(sizes, flow.limit), end - offset);
      yield { index, source, part: { offset, length, end } };
      offset += length;
    } while (offset < size && reader.hasRanges(source));
  }
}

/** With large parts, half of the requests that are allowed fill the memory. */
function partBytes({ part, all }: PartSizes, limit: number): number {
  return Math.min(part, Math.ceil((2 * all) / limit));
}

/** What one request may bring: as long as few requests are allowed, the memory is filled by one of them, then by two. */
function stretchBytes(sizes: PartSizes, limit: number): number {
  if (limit <= BLOBS_IN_FLIGHT) return 2 * sizes.all;
  return limit <= 1.5 * BLOBS_IN_FLIGHT ? sizes.all / 2 : partBytes(sizes, limit);
}
