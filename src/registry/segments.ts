import type { Flow } from '../base/flow.ts';
import { BLOBS_IN_FLIGHT, PART_BYTES, PARTS_BYTES } from '../base/limits.ts';
import { type Begun, type Check, Checker } from './check.ts';
import { Pace } from './pace.ts';
import type { BlobReader, Part } from './ranges.ts';
import type { BlobSource } from './registry.ts';
import { Ring } from './ring.ts';

export interface BlobsOptions {
  readonly signal?: AbortSignal;
  /** The first part of the blob with this index is asked for. */
  readonly onBegin?: (index: number) => void;
  /** How many bytes of the blob with this index have come so far, most of them before their turn. */
  readonly onProgress?: (index: number, bytes: number) => void;
  /** What of the first blob has passed before, with its hash: it goes on behind that. */
  readonly begun?: Begun | undefined;
}

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
interface Segment extends Cut {
  readonly buffer: Buffer;
  readonly came: Came;
  /** False when the registry has no ranges. */
  readonly filled: Promise<boolean>;
}

/**
 * The blobs' bytes in order, fetched side by side:
 * ```
 * cut all blobs into parts, in order
 * while parts are left or under way:
 *   ask for further parts as long as the flow and the memory allow
 *   wait for the first one, have it hashed, yield it, give the memory of the one before it back
 * ```
 * Near registries want few large requests, which cost them least, and far ones many, of which the answers are under way
 * at the same time. So the more requests the flow allows, the smaller the parts, in the same memory; and where it allows
 * few, one request brings many parts that follow one another (fast-stretch.ts). Many small blobs, one huge blob and a far
 * registry are so equally parallel, and memory does not grow with any of them. A part fails alone and is asked for again
 * (ranges.ts). A registry without ranges is read as one stream a blob, while the parts of later blobs are fetched ahead.
 * A blob that turns out not to be what its digest says ends all with its last chunk withheld.
 */
export async function* readBlobs(
  reader: BlobReader,
  wanted: readonly BlobSource[],
  flow: Flow,
  { signal, onBegin, onProgress, begun }: BlobsOptions = {},
  sizes: PartSizes = { part: PART_BYTES, all: PARTS_BYTES },
): AsyncGenerator<{ index: number; chunk: Buffer }> {
  const stop = new AbortController();
  const both = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const pace = new Pace(flow, reader.distanceMs);
  const ring = new Ring(sizes.all);
  const parts = cut(reader, wanted, sizes, flow, begun?.passed);
  const checker = new Checker(wanted.reduce((sum, { descriptor }) => sum + descriptor.size, 0));
  const underWay: Segment[] = [];
  let next = parts.next();
  let latest = -1;
  let came: Came = { bytes: 0, told: -1 };

  function askAhead(): void {
    while (next.done !== true && !flow.isPaused && underWay.length < flow.limit) {
      const { index, source, part } = next.value;
      const buffer = ring.take(part.length);
      if (buffer === undefined) return;
      if (index > latest) {
        onBegin?.(index);
        came = { bytes: index === 0 ? (begun?.passed ?? 0) : 0, told: -1 };
      }
      latest = index;
      const filled = reader.read(source, {
        ...part,
        into: buffer,
        signal: both,
        onFilled: onFilled(index, came),
      });
      // It is looked at when its turn comes; until then it must not count as unhandled.
      filled.catch(() => undefined);
      underWay.push({ ...next.value, buffer, filled, came });
      next = parts.next();
    }
  }

  /** Adds up what has come of a blob's parts, whichever comes first; a part that is asked for again begins anew. */
  function onFilled(index: number, came: Came): (bytes: number) => void {
    let before = 0;
    return bytes => {
      came.bytes += bytes - before;
      before = bytes;
      tell(index, came, came.bytes);
    };
  }

  function tell(index: number, came: Came, bytes: number): void {
    if (bytes <= came.told) return;
    came.told = bytes;
    onProgress?.(index, bytes);
  }

  /** Also after a pause in which everything that was under way has come. */
  async function hasMore(): Promise<boolean> {
    askAhead();
    while (underWay.length === 0 && next.done !== true) {
      await flow.turn(both);
      askAhead();
    }
    return underWay.length > 0;
  }

  try {
    let check: Check | undefined;
    let checked = -1;
    let former: Promise<void> | undefined;
    while (await hasMore()) {
      const segment = underWay.shift() as Segment;
      const { index, source, buffer, came } = segment;
      if (check === undefined || checked !== index) {
        check = checker.begin(source, index === 0 ? begun : undefined);
        checked = index;
      }
      if (check.isComplete) {
        // The rest of a blob that was read as a stream; its buffer is free once nobody fills it any more.
        await segment.filled.catch(() => false);
      } else if (await segment.filled) {
        await check.pass(buffer);
        pace.passed(buffer.length);
        tell(index, came, check.passed);
        yield { index, chunk: buffer };
      } else {
        for await (const chunk of reader.stream(source, check.passed, both)) {
          await check.pass(chunk);
          tell(index, came, check.passed);
          yield { index, chunk };
        }
      }
      if (former !== undefined) {
        await former;
        ring.giveBackFirst();
      }
      former = check.hashed;
    }
  } finally {
    stop.abort();
    await checker.close();
  }
}

/** All parts of all blobs in order; an empty blob is one empty part, and one without ranges only begins. */
function* cut(
  reader: BlobReader,
  wanted: readonly BlobSource[],
  sizes: PartSizes,
  flow: Flow,
  passed = 0,
): Generator<Cut, void> {
  for (const [index, source] of wanted.entries()) {
    const { size } = source.descriptor;
    let offset = index === 0 ? passed : 0;
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
