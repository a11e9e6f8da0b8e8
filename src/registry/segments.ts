import type { Hash } from 'node:crypto';
import { hashFor, hexOf } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import type { Flow } from '../base/flow.ts';
import { SEGMENT_BYTES, SEGMENTS_IN_FLIGHT } from '../base/limits.ts';
import { Pace } from './pace.ts';
import { BufferPool } from './pool.ts';
import type { BlobReader, Part } from './ranges.ts';
import type { BlobSource } from './registry.ts';

export interface BlobsOptions {
  readonly signal?: AbortSignal;
  /** The first part of the blob with this index is asked for. */
  readonly onBegin?: (index: number) => void;
  /** How many bytes of the blob with this index have passed so far. */
  readonly onProgress?: (index: number, bytes: number) => void;
  /** What of the first blob has passed before, with its hash: it goes on behind that. */
  readonly begun?: Begun | undefined;
}

interface Begun {
  readonly passed: number;
  readonly hash: Hash;
}

/** A part of a blob that has been asked for. */
interface Segment {
  readonly index: number;
  readonly source: BlobSource;
  readonly part: Part;
  readonly buffer: Buffer;
  /** False when the registry has no ranges. */
  readonly filled: Promise<boolean>;
}

/**
 * The blobs' bytes in order, fetched side by side:
 * ```
 * cut all blobs into parts of SEGMENT_BYTES, in order
 * while parts are left or under way:
 *   ask for further parts as long as the flow and the memory of SEGMENTS_IN_FLIGHT allow
 *   wait for the first one, hash it, yield it, give the buffer of the one before it back
 * ```
 * Many small blobs, one huge blob and a far registry are so equally parallel, and memory does not grow with any of
 * them. A part fails alone and is asked for again (ranges.ts). A registry without ranges is read as one stream a
 * blob, while the parts of later blobs are fetched ahead. A blob that turns out not to be what its digest says ends
 * all with its last chunk withheld.
 */
export async function* readBlobs(
  reader: BlobReader,
  wanted: readonly BlobSource[],
  flow: Flow,
  { signal, onBegin, onProgress, begun }: BlobsOptions = {},
): AsyncGenerator<{ index: number; chunk: Buffer }> {
  const stop = new AbortController();
  const both = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const pace = new Pace(flow);
  const pool = new BufferPool(SEGMENT_BYTES, SEGMENTS_IN_FLIGHT * SEGMENT_BYTES);
  const parts = cut(reader, wanted, begun?.passed);
  const underWay: Segment[] = [];
  let next = parts.next();
  let latest = -1;

  function askAhead(): void {
    while (
      next.done !== true &&
      !flow.isPaused &&
      underWay.length < flow.limit &&
      pool.hasRoom(next.value.part.length)
    ) {
      const { index, source, part } = next.value;
      if (index > latest) onBegin?.(index);
      latest = index;
      const buffer = pool.take(part.length);
      const filled = reader.read(source, part, buffer, both);
      // It is looked at when its turn comes; until then it must not count as unhandled.
      filled.catch(() => undefined);
      underWay.push({ ...next.value, buffer, filled });
      next = parts.next();
    }
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
    let former: Buffer | undefined;
    while (await hasMore()) {
      const segment = underWay.shift() as Segment;
      const { index, source, buffer } = segment;
      if (check?.index !== index) check = new Check(index, source, index === 0 ? begun : undefined);
      if (check.isComplete) {
        // The rest of a blob that was read as a stream; its buffer is free once nobody fills it any more.
        await segment.filled.catch(() => false);
      } else if (await segment.filled) {
        check.pass(buffer);
        pace.passed(buffer.length);
        onProgress?.(index, check.passed);
        yield { index, chunk: buffer };
      } else {
        for await (const chunk of reader.stream(source, check.passed, both)) {
          check.pass(chunk);
          onProgress?.(index, check.passed);
          yield { index, chunk };
        }
      }
      if (former !== undefined) pool.giveBack(former);
      former = buffer;
    }
  } finally {
    stop.abort();
  }
}

/** All parts of all blobs in order; an empty blob is one empty part, and one without ranges only begins. */
function* cut(
  reader: BlobReader,
  wanted: readonly BlobSource[],
  passed = 0,
): Generator<{ index: number; source: BlobSource; part: Part }, void> {
  for (const [index, source] of wanted.entries()) {
    const { size } = source.descriptor;
    let offset = index === 0 ? passed : 0;
    do {
      const length = Math.min(SEGMENT_BYTES, size - offset);
      yield { index, source, part: { offset, length } };
      offset += length;
    } while (offset < size && reader.hasRanges(source));
  }
}

/** Hashes a blob as it passes. */
class Check {
  readonly index: number;
  readonly #source: BlobSource;
  readonly #hash: Hash;
  passed: number;
  isComplete = false;

  constructor(index: number, source: BlobSource, begun: Begun | undefined) {
    this.index = index;
    this.#source = source;
    this.#hash = begun?.hash.copy() ?? hashFor(source.descriptor.digest);
    this.passed = begun?.passed ?? 0;
  }

  /** @throws Failure `content-mismatch` with the chunk that completes the blob, when it is another blob */
  pass(chunk: Buffer): void {
    const { digest, size } = this.#source.descriptor;
    this.#hash.update(chunk);
    this.passed += chunk.length;
    if (this.passed < size) return;
    this.isComplete = true;
    if (this.passed === size && this.#hash.digest('hex') === hexOf(digest)) return;
    const [repository] = this.#source.repositories;
    throw new Failure('content-mismatch', `the registry's blob is not what ${digest} names`, {
      subject: repository ? `${repository.registry}/${repository.path}` : digest,
      hints: ['the registry holds damaged content: push the image again, or take it from another place'],
    });
  }
}
