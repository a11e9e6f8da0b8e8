import type { Flow } from '../base/flow.ts';
import { PART_BYTES, PARTS_BYTES } from '../base/limits.ts';
import { type Begun, type Check, Checker } from './check.ts';
import { Pace } from './pace.ts';
import { type PartSizes, PartsUnderWay } from './parts-under-way.ts';
import type { BlobReader } from './ranges.ts';
import type { BlobSource } from './registry.ts';

/** What a reader of blobs is told while they come. */
export interface BlobsOptions {
  readonly signal?: AbortSignal;
  /** The first part of the blob with this index is asked for. */
  readonly onBegin?: (index: number) => void;
  /** How many bytes of the blob with this index have come so far, most of them before their turn. */
  readonly onProgress?: (index: number, bytes: number) => void;
  /** What of the first blob has passed before, with its hash: it goes on behind that. */
  readonly begun?: Begun | undefined;
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
  options: BlobsOptions = {},
  sizes: PartSizes = { part: PART_BYTES, all: PARTS_BYTES },
): AsyncGenerator<{ index: number; chunk: Buffer }> {
  const { signal, begun } = options;
  const stop = new AbortController();
  const both = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const parts = new PartsUnderWay(reader, wanted, { ...options, flow, sizes, signal: both });
  const pace = new Pace(flow, reader.distanceMs);
  const checker = new Checker(wanted.reduce((sum, { descriptor }) => sum + descriptor.size, 0));
  try {
    let check: Check | undefined;
    let checked = -1;
    let former: Promise<void> | undefined;
    for (let part = await parts.take(); part !== undefined; part = await parts.take()) {
      const { index, source, buffer } = part;
      if (check === undefined || checked !== index) {
        check = checker.begin(source, index === 0 ? begun : undefined);
        checked = index;
      }
      if (check.isComplete) {
        // The rest of a blob that was read as a stream; its buffer is free once nobody fills it any more.
        await part.filled.catch(() => false);
      } else if (await part.filled) {
        await check.pass(buffer);
        pace.passed(buffer.length);
        parts.tell(part, check.passed);
        yield { index, chunk: buffer };
      } else {
        for await (const chunk of reader.stream(source, check.passed, both)) {
          await check.pass(chunk);
          parts.tell(part, check.passed);
          yield { index, chunk };
        }
      }
      if (former !== undefined) {
        await former;
        parts.giveBackFirst();
      }
      former = check.hashed;
    }
  } finally {
    stop.abort();
    await checker.close();
  }
}
