import type { Hash } from 'node:crypto';
import { hashFor, hexOf } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import type { Head } from './head.ts';
import { readHead } from './head-reader.ts';
import { blobName, entryBytes } from './layout.ts';
import type { PlannedLayer } from './plan.ts';
import { type Feed, openFeed, Source } from './source.ts';
import { headerSize } from './tar.ts';
import { TarReader } from './tar-reader.ts';
import { FRONT_BYTES, looksLikeVolume } from './volumes/front.ts';

/** Up to where an archive has been written: all layers before this one, and so many bytes of it. */
export interface Point {
  /** Index in `head.layers`. */
  readonly index: number;
  readonly passed: number;
}

/** What is provably there of an archive that was not written to its end. */
export interface Unfinished extends Point {
  readonly head: Head;
  /** Of the bytes of the layer that have passed; the layer's last byte proves all of them. */
  readonly hash: Hash | undefined;
  /** The byte to go on at. */
  readonly position: number;
}

interface UnfinishedOptions {
  readonly wholeLayersOnly?: boolean;
  readonly onHead?: (head: Head) => void;
  /** Told how much of a layer has been read. */
  readonly onLayer?: (layer: PlannedLayer, bytes: number) => void;
}

/**
 * Reads what there is of an archive, once: the head, which must be whole; then every layer against its digest. The
 * first that is not whole, or not right, is where writing goes on. Of a layer that was cut off what is there is taken
 * on trust until its end, unless `wholeLayersOnly`.
 *
 * @throws Failure `incomplete` when not even the head is there.
 */
export async function readUnfinished(
  feed: Feed,
  { wholeLayersOnly = false, onHead, onLayer }: UnfinishedOptions = {},
): Promise<Unfinished> {
  const source = new Source(feed, () => {});
  const tar = new TarReader(source);
  const head = await readHead(tar).catch(beforeTheHead);
  onHead?.(head);
  for (const [index, layer] of head.layers.entries()) {
    const { passed, hash } = await passLayer(tar, layer, onLayer);
    if (passed === undefined) continue;
    const point = wholeLayersOnly || hash === undefined ? { index, passed: 0 } : { index, passed };
    return { head, ...point, hash: point.passed > 0 ? hash : undefined, position: offsetOf(head, point) };
  }
  const end = { index: head.layers.length, passed: 0 };
  return { head, ...end, hash: undefined, position: offsetOf(head, end) };
}

/** Whether a partial file holds enough for an export to go on from: the plan, or a part's front and data. */
export async function isUnfinished(partial: string): Promise<boolean> {
  const feed = await openFeed(partial);
  try {
    const source = new Source(feed, () => {});
    const front = await source.peek(FRONT_BYTES + 1);
    if (looksLikeVolume(front)) return front.length > FRONT_BYTES;
    await readHead(new TarReader(source));
    return true;
  } catch {
    return false;
  } finally {
    await feed.close();
  }
}

/** Where in the archive a point is: before the header of its layer, or behind so many bytes of its body. */
function offsetOf({ bytes, layers }: Head, { index, passed }: Point): number {
  const before = layers
    .slice(0, index)
    .reduce((sum, { digest, size }) => sum + entryBytes(blobName(digest), size), bytes);
  const layer = layers[index];
  return layer === undefined || passed === 0 ? before : before + headerSize(blobName(layer.digest)) + passed;
}

/** Nothing when the layer is there and right; else how much of it is, with the hash of that. */
async function passLayer(
  tar: TarReader,
  layer: PlannedLayer,
  onLayer: UnfinishedOptions['onLayer'],
): Promise<{ passed?: number; hash?: Hash }> {
  const hash = hashFor(layer.digest);
  let passed = 0;
  try {
    const entry = await tar.next('layer');
    if (entry.name !== blobName(layer.digest) || entry.size !== layer.size) return { passed: 0 };
    for await (const piece of tar.source.pieces(layer.size)) {
      hash.update(piece);
      passed += piece.length;
      onLayer?.(layer, passed);
      tar.source.giveBack(piece);
    }
    if (passed < layer.size) return { passed, hash };
    if (hash.copy().digest('hex') !== hexOf(layer.digest)) return { passed: 0 };
    await tar.passPadding(entry);
    return {};
  } catch (error) {
    if (!(error instanceof Failure) || (error.code !== 'incomplete' && error.code !== 'damaged')) throw error;
    return passed === layer.size && layer.size > 0 ? { passed, hash } : { passed: 0 };
  }
}

function beforeTheHead(error: unknown): never {
  if (!(error instanceof Failure) || error.exit !== 4) throw error;
  throw new Failure('incomplete', `there is nothing to go on from: ${error.message}`, {
    ...(error.subject !== undefined && { subject: error.subject }),
    hints: ['export anew, without --resume: what comes first, the plan, is not there as a whole'],
    cause: error,
  });
}
