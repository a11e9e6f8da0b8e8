import { type Digest, digestOf } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import { ARCHIVE_HEAD_BYTES, PLAN_BYTES } from '../base/limits.ts';
import { blobName, ENTRY, entryBytes, layoutFile, TRAILER_BYTES } from './layout.ts';
import { backupManifest, indexFile, titledBlobs } from './oci-layout.ts';
import { ociViews } from './oci-view.ts';
import type { Plan, PlannedLayer } from './plan.ts';
import { writePlan } from './plan-file.ts';
import { Listing, type Seal, writeSeal } from './seal.ts';

/** What a backup is made of but for its layers; the same for whoever writes an archive and whoever has read one. */
export interface Contents {
  plan: Plan;
  /** The passphrase's key, the images' manifests, indexes and configs, and resource blobs unless these are aside. */
  blobs: ReadonlyMap<Digest, Buffer>;
  /** Where the other resource blobs are. */
  aside?: BlobsAside | undefined;
}

/** Resource blobs that are not in memory: in the archive that is read, or beside the one that is written. */
export interface BlobsAside {
  /** Bytes of a blob; undefined of one that is not there. */
  sizeOf(digest: Digest): number | undefined;
  /**
   * A blob that is there.
   *
   * @throws Failure `damaged`, `incomplete` or `io-error` when it cannot be read, or is not what it was.
   */
  read(digest: Digest): Promise<Buffer>;
}

/** An entry before the layers. */
export interface SmallEntry {
  name: string;
  digest: Digest;
  size: number;
  /** Undefined of a blob that is aside. */
  bytes: Buffer | undefined;
}

/** Everything before the layers, ready to be written, and what follows from it. */
export interface Head extends Contents {
  /** In the order of the tar. */
  entries: readonly SmallEntry[];
  /** Of the plan's layers those that are in this archive, in the order of the tar. */
  layers: readonly PlannedLayer[];
  /** The backup's own manifest. */
  backup: Digest;
  index: Digest;
  /** Bytes before the first layer's header. */
  bytes: number;
  /** Bytes of the whole archive, as long as the seal has neither losses nor drift to tell. */
  totalBytes: number;
}

/**
 * Lays the head of an archive out for writing: the order of its entries, its documents, its size.
 *
 * @throws Failure `internal` when plan and blobs do not belong together; `refused` when no reader would take so much.
 */
export function layOut(contents: Contents): Head {
  const plan = writePlan(contents.plan);
  const head = arrange(contents, plan);
  if (typeof head === 'string') throw new Failure('internal', `the archive cannot be laid out: ${head}`);
  if (plan.length > PLAN_BYTES) throw tooLarge('its plan', plan.length, PLAN_BYTES);
  if (head.bytes > ARCHIVE_HEAD_BYTES)
    throw tooLarge('what stands before its layers', head.bytes, ARCHIVE_HEAD_BYTES);
  return head;
}

function tooLarge(what: string, bytes: number, most: number): Failure {
  return new Failure(
    'refused',
    `this is more than one archive takes: ${what} has ${bytes} bytes, of ${most}`,
    {
      hints: ['make several backups: choose orgs or namespaces for each with --org or --namespace'],
    },
  );
}

/**
 * The head that a plan and these blobs give; the reader compares what it has read with it.
 *
 * @param planBytes the plan as it stands in the archive, where a later program may have said more than `plan` has.
 * @returns what is wrong, when plan and blobs do not belong together.
 */
export function arrange(contents: Contents, planBytes: Buffer): Head | string {
  const { plan, blobs, aside } = contents;
  const isThere = (digest: Digest) => blobs.has(digest) || aside?.sizeOf(digest) !== undefined;
  const titled = titledBlobs(plan).map(blob => blob.digest);
  const named = plan.images.flatMap(({ digest, attachedTo = digest }) => [digest, attachedTo]);
  const missing = titled.find(digest => !isThere(digest)) ?? named.find(digest => !blobs.has(digest));
  if (missing) return `the plan names ${missing}, which is not there`;
  const layered = plan.layers.find(layer => isThere(layer.digest));
  if (layered) return `${layered.digest} is both a layer and a blob before the layers`;
  const own = new Set(titled);
  const views = ociViews({ plan, blobs });
  const all = new Map([
    ...blobs,
    ...[...views.values()].map(({ descriptor, bytes }) => [descriptor.digest, bytes] as const),
  ]);
  const imageBlobs = [...all.keys()].filter(digest => !own.has(digest)).sort();
  const backup = backupManifest(plan, planBytes);
  const index = indexFile(plan, digest => bytesOf(blobs, digest).length, views, backup);
  const entries = [
    smallEntry(ENTRY.layout, layoutFile(plan.formatVersion)),
    ...titled.map(digest =>
      blobs.has(digest) ? blobEntry(digest, bytesOf(blobs, digest)) : asideEntry(digest, aside),
    ),
    ...imageBlobs.map(digest => blobEntry(digest, bytesOf(all, digest))),
    blobEntry(digestOf(planBytes), planBytes),
    blobEntry(digestOf(backup), backup),
    smallEntry(ENTRY.index, index),
  ];
  const bytes = sumOf(entries.map(entry => entryBytes(entry.name, entry.size)));
  const layers = plan.layers.filter(({ inBase }) => !inBase);
  const head = {
    plan,
    blobs,
    aside,
    entries,
    layers,
    backup: digestOf(backup),
    index: digestOf(index),
    bytes,
  };
  return { ...head, totalBytes: totalBytes(head) };
}

/** Bytes of all layers' entries: with the head's, the offset of the seal. */
export function layerBytes({ layers }: Pick<Head, 'layers'>): number {
  return sumOf(layers.map(layer => entryBytes(blobName(layer.digest), layer.size)));
}

/** The byte at which the seal's header stands. */
export function sealOffset(head: Head): number {
  return head.bytes + layerBytes(head);
}

/** The seal of an archive, given the listing of every entry before it. */
export function sealOf(
  head: Omit<Head, 'totalBytes'>,
  listing: Listing,
  later: Pick<Seal, 'losses' | 'drift'>,
): Seal {
  return {
    formatVersion: head.plan.formatVersion,
    backup: head.backup,
    index: head.index,
    entries: listing.entries,
    bytes: head.bytes + layerBytes(head),
    digest: listing.digest,
    losses: later.losses,
    drift: later.drift,
  };
}

/** The listing of an archive's entries as head and plan state them. */
export function listingOf({ layers, entries }: Pick<Head, 'layers' | 'entries'>): Listing {
  const listing = new Listing();
  for (const entry of entries) listing.add(entry.name, entry.size, entry.digest);
  for (const layer of layers) listing.add(blobName(layer.digest), layer.size, layer.digest);
  return listing;
}

function totalBytes(head: Omit<Head, 'totalBytes'>): number {
  const seal = sealOf(head, listingOf(head), { losses: [], drift: [] });
  return seal.bytes + entryBytes(ENTRY.seal, writeSeal(seal).length) + TRAILER_BYTES;
}

function smallEntry(name: string, bytes: Buffer): SmallEntry {
  return { name, digest: digestOf(bytes), size: bytes.length, bytes };
}

function blobEntry(digest: Digest, bytes: Buffer): SmallEntry {
  return { name: blobName(digest), digest, size: bytes.length, bytes };
}

function asideEntry(digest: Digest, aside: Contents['aside']): SmallEntry {
  const size = aside?.sizeOf(digest);
  if (size === undefined) throw gone(digest);
  return { name: blobName(digest), digest, size, bytes: undefined };
}

/**
 * A blob of the head.
 *
 * @throws Failure as {@link BlobsAside.read}; `internal` for one that is not there.
 */
export async function readBlob({ blobs, aside }: Contents, digest: Digest): Promise<Buffer> {
  const bytes = blobs.get(digest);
  if (bytes !== undefined) return bytes;
  if (aside?.sizeOf(digest) === undefined) throw gone(digest);
  return aside.read(digest);
}

function bytesOf(blobs: Contents['blobs'], digest: Digest): Buffer {
  const bytes = blobs.get(digest);
  if (!bytes) throw gone(digest);
  return bytes;
}

function gone(digest: Digest): Failure {
  return new Failure('internal', 'a blob that was there is gone', { subject: digest });
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
