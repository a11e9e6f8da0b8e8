import { type Digest, digestOf } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import { blobName, ENTRY, entryBytes, layoutFile, TRAILER_BYTES } from './layout.ts';
import { backupManifest, indexFile, titledBlobs } from './oci-layout.ts';
import { FORMAT_VERSION, type Plan } from './plan.ts';
import { writePlan } from './plan-file.ts';
import { Listing, type Seal, writeSeal } from './seal.ts';

/** What a backup is made of but for its layers; the same for whoever writes an archive and whoever has read one. */
export interface Contents {
  plan: Plan;
  /** The resource blobs, the passphrase's key, and the images' manifests, indexes and configs. */
  blobs: ReadonlyMap<Digest, Buffer>;
}

/** An entry that is in memory as a whole. */
export interface SmallEntry {
  name: string;
  digest: Digest;
  bytes: Buffer;
}

/** Everything before the layers, ready to be written, and what follows from it. */
export interface Head extends Contents {
  /** In the order of the tar. */
  entries: readonly SmallEntry[];
  /** The backup's own manifest. */
  backup: Digest;
  index: Digest;
  /** Bytes before the first layer's header. */
  bytes: number;
  /** Bytes of the whole archive, as long as the seal has neither losses nor drift to tell. */
  totalBytes: number;
}

/**
 * Lays the head of an archive out: the order of its entries, its documents, its size.
 *
 * @throws Failure `internal` when plan and blobs do not belong together.
 */
export function layOut({ plan, blobs }: Contents): Head {
  const titled = titledBlobs(plan).map(blob => blob.digest);
  const taken = new Set(titled);
  const imageBlobs = [...blobs.keys()].filter(digest => !taken.has(digest)).sort();
  const planBytes = writePlan(plan);
  const backup = backupManifest(plan, planBytes);
  const sizeOf = (digest: Digest) => bytesOf(blobs, digest).length;
  const index = indexFile(plan, sizeOf, backup);
  const layered = plan.layers.find(layer => blobs.has(layer.digest));
  if (layered) throw mismatch(`${layered.digest} is both a layer and a blob before the layers`);
  const entries = [
    { name: ENTRY.layout, digest: digestOf(layoutFile()), bytes: layoutFile() },
    ...[...titled, ...imageBlobs].map(digest => blobEntry(digest, bytesOf(blobs, digest))),
    blobEntry(digestOf(planBytes), planBytes),
    blobEntry(digestOf(backup), backup),
    { name: ENTRY.index, digest: digestOf(index), bytes: index },
  ];
  const bytes = sumOf(entries.map(entry => entryBytes(entry.name, entry.bytes.length)));
  const head = { plan, blobs, entries, backup: digestOf(backup), index: digestOf(index), bytes };
  return { ...head, totalBytes: totalBytes(head) };
}

/** Bytes of all layers' entries: with the head's, the offset of the seal. */
export function layerBytes(plan: Plan): number {
  return sumOf(plan.layers.map(layer => entryBytes(blobName(layer.digest), layer.size)));
}

/** The seal of an archive, given the listing of every entry before it. */
export function sealOf(
  head: Omit<Head, 'totalBytes'>,
  listing: Listing,
  later: Pick<Seal, 'losses' | 'drift'>,
): Seal {
  return {
    formatVersion: FORMAT_VERSION,
    backup: head.backup,
    index: head.index,
    entries: listing.entries,
    bytes: head.bytes + layerBytes(head.plan),
    digest: listing.digest,
    losses: later.losses,
    drift: later.drift,
  };
}

/** The listing of an archive's entries as head and plan state them. */
export function listingOf({ plan, entries }: Pick<Head, 'plan' | 'entries'>): Listing {
  const listing = new Listing();
  for (const entry of entries) listing.add(entry.name, entry.bytes.length, entry.digest);
  for (const layer of plan.layers) listing.add(blobName(layer.digest), layer.size, layer.digest);
  return listing;
}

function totalBytes(head: Omit<Head, 'totalBytes'>): number {
  const seal = sealOf(head, listingOf(head), { losses: [], drift: [] });
  return seal.bytes + entryBytes(ENTRY.seal, writeSeal(seal).length) + TRAILER_BYTES;
}

function blobEntry(digest: Digest, bytes: Buffer): SmallEntry {
  return { name: blobName(digest), digest, bytes };
}

function bytesOf(blobs: Contents['blobs'], digest: Digest): Buffer {
  const bytes = blobs.get(digest);
  if (!bytes) throw mismatch(`the plan names ${digest}, which is not there`);
  return bytes;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}

function mismatch(message: string): Failure {
  return new Failure('internal', `cannot lay the archive out: ${message}`);
}
