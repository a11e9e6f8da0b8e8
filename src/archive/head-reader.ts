import { type Digest, hashFor } from '../base/digest.ts';
import { ARCHIVE_HEAD_BYTES, PLAN_BYTES } from '../base/limits.ts';
import type { ArchiveBlobs } from './archive-blobs.ts';
import { parseDocument } from './document.ts';
import { arrange, type Head } from './head.ts';
import { isImageLayout, onlyLayout } from './image-layout/recognise.ts';
import { blobName, digestOfName, ENTRY, layoutFile } from './layout.ts';
import { checkVersion, parsePlan } from './plan-file.ts';
import { count, object, optional, text } from './shape.ts';
import { notAnArchive, sniff } from './sniff.ts';
import { BLOCK } from './tar.ts';
import { checkDigest, damaged, type Entry, placeOf, type TarReader } from './tar-reader.ts';

/** `oci-layout` may have any version's members, but not any size. */
const LAYOUT_BYTES = 4096;

interface ReadBlob {
  entry: Entry;
  digest: Digest;
  /** Undefined of one that was left where it is. */
  bytes: Buffer | undefined;
}

const layoutShape = object<{ imageLayoutVersion: string; formatVersion?: number }>({
  imageLayoutVersion: text,
  formatVersion: optional(count),
});

/**
 * Reads everything before the layers and checks that it is what the plan in it makes of it: each document, the order
 * of the entries, and that there is none besides.
 *
 * @param left where resource blobs are left that need not be in memory; undefined brings all of them.
 * @throws Failure `not-an-archive`, `newer-format`, `incomplete` or `damaged`.
 */
export async function readHead(tar: TarReader, left?: ArchiveBlobs): Promise<Head> {
  if (await isImageLayout(tar.source)) throw onlyLayout();
  const wrong = sniff(await tar.source.peek(BLOCK));
  if (wrong !== undefined) throw wrong;
  const layout = await readLayoutFile(tar);
  const { blobs, index, indexBytes } = await readBlobs(tar, left);
  const [planBlob, backup] = [...blobs.values()].slice(-2);
  if (planBlob?.bytes === undefined || backup === undefined)
    throw damaged('no plan stands before it', placeOf(index));
  if (planBlob.bytes.length > PLAN_BYTES)
    throw damaged(`a plan has at most ${PLAN_BYTES} bytes`, placeOf(planBlob.entry));
  const plan = parsePlan(planBlob.bytes, `${placeOf(planBlob.entry)} (the plan)`);
  if (plan.formatVersion !== layout.formatVersion)
    throw damaged('it states another version than the plan', placeOf(layout.entry));
  const others = new Map(
    [...blobs].slice(0, -2).flatMap(([digest, { bytes }]) => (bytes === undefined ? [] : [[digest, bytes]])),
  );
  const resources = new Set(plan.resources.map(({ digest }) => digest));
  for (const [digest, bytes] of (await left?.takeOthers(resources)) ?? []) others.set(digest, bytes);
  const head = arrange({ plan, blobs: others, aside: left }, planBlob.bytes);
  if (typeof head === 'string') throw damaged(head, `${placeOf(planBlob.entry)} (the plan)`);
  checkOrder(head, [...blobs.values()]);
  if (!indexBytes.equals(head.entries.at(-1)?.bytes ?? Buffer.alloc(0))) {
    throw damaged('it does not say what the plan says', placeOf(index));
  }
  return head;
}

async function readLayoutFile(tar: TarReader): Promise<{ entry: Entry; formatVersion: number }> {
  const entry = await tar.next(ENTRY.index);
  if (entry.name !== ENTRY.layout) throw notAnArchive(`it starts with ${JSON.stringify(entry.name)}`);
  if (entry.size > LAYOUT_BYTES) throw damaged('it is larger than a layout file can be', placeOf(entry));
  const bytes = await tar.take(entry);
  const layout = parseDocument(bytes, 'layout file', layoutShape, placeOf(entry), checkVersion);
  if (layout.formatVersion === undefined) throw onlyLayout();
  if (!bytes.equals(layoutFile(layout.formatVersion)))
    throw damaged('it is not the layout file of this format', placeOf(entry));
  return { entry, formatVersion: layout.formatVersion };
}

/** All blobs up to `index.json`, by their digests, within the bounds of memory. */
async function readBlobs(
  tar: TarReader,
  left: ArchiveBlobs | undefined,
): Promise<{ blobs: Map<Digest, ReadBlob>; index: Entry; indexBytes: Buffer }> {
  const blobs = new Map<Digest, ReadBlob>();
  for (;;) {
    const entry = await tar.next(ENTRY.index);
    if (tar.source.position + entry.size > ARCHIVE_HEAD_BYTES) {
      throw damaged(`more than ${ARCHIVE_HEAD_BYTES} bytes stand before the layers`, placeOf(entry));
    }
    if (entry.name === ENTRY.index) return { blobs, index: entry, indexBytes: await tar.take(entry) };
    const digest = digestOfName(entry.name);
    if (digest === undefined) throw damaged('an archive has no entry of this name here', showName(entry));
    if (blobs.has(digest)) throw damaged('it is in the archive twice', placeOf(entry));
    if (await left?.isWorthLeaving()) {
      for await (const piece of tar.verified(entry, digest)) tar.source.giveBack(piece);
      left?.leave(digest, entry);
      blobs.set(digest, { entry, digest, bytes: undefined });
      continue;
    }
    const bytes = await tar.take(entry);
    checkDigest(entry, digest, hashFor(digest).update(bytes).digest('hex'));
    blobs.set(digest, { entry, digest, bytes });
  }
}

function checkOrder(head: Head, blobs: readonly ReadBlob[]): void {
  const expected = head.entries.slice(1, -1);
  for (const [at, { entry, digest }] of blobs.entries()) {
    const due = expected[at]?.digest;
    if (due !== undefined && due !== digest) {
      throw damaged(`it stands where ${blobName(due)} must be, by the plan`, placeOf(entry));
    }
  }
}

/** A name that could be anything, in one line. */
function showName(entry: Entry): string {
  return placeOf({ ...entry, name: JSON.stringify(entry.name) });
}
