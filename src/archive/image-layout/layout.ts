import { type Digest, hashFor } from '../../base/digest.ts';
import { Failure } from '../../base/errors.ts';
import { IMAGE_DEPTH, LAYOUT_BLOBS, LAYOUT_DESCRIPTORS, MANIFEST_BYTES } from '../../base/limits.ts';
import { blobName, digestOfName, ENTRY } from '../layout.ts';
import { ARCHIVE_MEDIA } from '../plan.ts';
import type { Source } from '../source.ts';
import { checkDigest, damaged, type Entry, placeOf } from '../tar-reader.ts';
import { LooseTar } from './loose-tar.ts';
import { isElsewhere, isManifest, type Named, nameOf, platformOf, readIndex, readParts } from './manifest.ts';

/** An image, index or artifact that a layout has under a name, or under none. */
interface LayoutImage {
  readonly name?: string;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly platforms: readonly string[];
  /** Of all that it is made of, everything once. */
  readonly bytes: number;
}

/** What is in an OCI image layout that another program made. */
export interface ImageLayout {
  readonly images: readonly LayoutImage[];
  readonly blobs: number;
  /** Of all blobs. */
  readonly bytes: number;
  /** Blobs that no image is made of. */
  readonly strays: number;
}

/** A blob that has passed. */
interface Passed {
  readonly entry: Entry;
  /** What it names, where it is a manifest. */
  readonly parts: readonly Named[] | undefined;
}

/**
 * Reads a layout in one forward pass, in whatever order its entries come:
 *
 *     pass   each blob: check its digest, or jump over it; of the small ones that are manifests keep what they name
 *     walk   from index.json, which may have come last: everything that is named must have passed, with that size
 *
 * @param blobs whether the digests of large blobs are checked, or where the source can jump they are left alone.
 * @throws Failure `damaged` or `incomplete`, with the entry as subject.
 */
export async function readImageLayout(source: Source, blobs: 'check' | 'leave'): Promise<ImageLayout> {
  try {
    return await read(source, blobs);
  } catch (error) {
    if (!(error instanceof Failure) || (error.code !== 'damaged' && error.code !== 'incomplete')) throw error;
    const { code, message, subject } = error;
    throw new Failure(code, message, { ...(subject !== undefined && { subject }), hints: [AGAIN] });
  }
}

const AGAIN = 'copy it again from where it was made, or make it again with the program that made it';

async function read(source: Source, blobs: 'check' | 'leave'): Promise<ImageLayout> {
  const tar = new LooseTar(source);
  const passed = new Map<Digest, Passed>();
  let index: readonly Named[] | undefined;
  let isLayout = false;
  let descriptors = 0;
  for (let entry = await tar.next(); entry !== undefined; entry = await tar.next()) {
    if (entry.name === ENTRY.seal) throw repacked(entry);
    if (entry.name === ENTRY.layout) isLayout = true;
    if (entry.name === ENTRY.index) {
      if (index !== undefined) throw damaged('it is in the archive twice', placeOf(entry));
      index = readIndex(await takeSmall(tar, entry), placeOf(entry));
    }
    const digest = digestOfName(entry.name);
    if (digest === undefined) continue;
    if (passed.has(digest)) throw damaged('it is in the archive twice', placeOf(entry));
    if (passed.size === LAYOUT_BLOBS)
      throw damaged(`a layout has at most ${LAYOUT_BLOBS} blobs`, placeOf(entry));
    const parts = await passBlob(tar, entry, digest, blobs);
    descriptors += parts?.length ?? 0;
    if (descriptors > LAYOUT_DESCRIPTORS) throw tooMany(placeOf(entry));
    passed.set(digest, { entry, parts });
  }
  if (!isLayout || index === undefined) throw lacking(isLayout ? ENTRY.index : ENTRY.layout);
  if (index.some(({ artifactType }) => artifactType === ARCHIVE_MEDIA.backup)) throw repacked();
  return walk(index, passed);
}

async function passBlob(tar: LooseTar, entry: Entry, digest: Digest, blobs: 'check' | 'leave') {
  if (entry.size > MANIFEST_BYTES) {
    if (blobs === 'check') await tar.check(entry, digest);
    return undefined;
  }
  const bytes = await tar.take(entry);
  checkDigest(entry, digest, hashFor(digest).update(bytes).digest('hex'));
  return readParts(bytes);
}

function walk(index: readonly Named[], passed: ReadonlyMap<Digest, Passed>): ImageLayout {
  const used = new Set<Digest>();
  let steps = 0;

  /** Adds what `parent` names, and all below it, to `found`. */
  function follow(named: Named, parent: string, found: Map<Digest, Named>, depth: number): void {
    steps += 1;
    if (steps > LAYOUT_DESCRIPTORS) throw tooMany(parent);
    if (depth > IMAGE_DEPTH) throw damaged(`it is nested more than ${IMAGE_DEPTH} deep`, parent);
    if (found.has(named.digest)) return;
    const blob = passed.get(named.digest);
    if (blob === undefined) {
      if (isElsewhere(named)) return;
      throw damaged(`it is not there, and ${parent} names it`, blobName(named.digest));
    }
    const { entry, parts } = blob;
    if (entry.size !== named.size) {
      throw damaged(`it has ${entry.size} bytes, and ${parent} says ${named.size}`, placeOf(entry));
    }
    found.set(named.digest, named);
    used.add(named.digest);
    if (!isManifest(named)) return;
    if (parts === undefined) throw damaged(`${parent} calls it a manifest, and it is none`, placeOf(entry));
    for (const part of parts) follow(part, entry.name, found, depth + 1);
  }

  const images = index.map(root => {
    const found = new Map<Digest, Named>();
    follow(root, ENTRY.index, found, 0);
    return imageOf(root, [...found.values()]);
  });
  let bytes = 0;
  for (const { entry } of passed.values()) bytes += entry.size;
  return { images, blobs: passed.size, bytes, strays: passed.size - used.size };
}

function imageOf(root: Named, parts: readonly Named[]): LayoutImage {
  const name = nameOf(root);
  const platforms = parts.map(platformOf).filter(platform => platform !== undefined && platform !== '');
  return {
    ...(name !== undefined && { name }),
    ...{ digest: root.digest, mediaType: root.mediaType },
    platforms: [...new Set(platforms as string[])],
    bytes: parts.reduce((sum, { size }) => sum + size, 0),
  };
}

async function takeSmall(tar: LooseTar, entry: Entry): Promise<Buffer> {
  if (entry.size > MANIFEST_BYTES) throw damaged(`it has more than ${MANIFEST_BYTES} bytes`, placeOf(entry));
  return tar.take(entry);
}

function tooMany(place: string): Failure {
  return damaged(`its images name more than ${LAYOUT_DESCRIPTORS} parts`, place);
}

function lacking(name: string): Failure {
  return new Failure('incomplete', `the image layout is incomplete: it has no ${name}`, { subject: name });
}

/** A backup whose first entry is damaged must not pass for a layout that is intact. */
function repacked(entry?: Entry): Failure {
  const message =
    'it holds a backup, but not as "export" writes it: it was packed again, or its beginning is damaged';
  return damaged(message, entry === undefined ? ENTRY.index : placeOf(entry));
}
