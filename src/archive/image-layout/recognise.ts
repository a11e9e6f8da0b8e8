import { Failure } from '../../base/errors.ts';
import { notAnArchive } from '../sniff.ts';
import { openFeed, Source } from '../source.ts';
import { BLOCK, decodeHeader, hasMagic } from '../tar.ts';
import { LooseTar } from './loose-tar.ts';

/** The first file of a tar that is an OCI image layout, whoever made it. */
const FIRST = /^(oci-layout|index\.json|blobs\/.+)$/;
const LAYOUT = 'oci-layout';
/** Enough for folders and extended headers that come before the first file, and for an `oci-layout`. */
const START_BYTES = 32 * BLOCK;
const LAYOUT_BYTES = BLOCK;

/**
 * Whether what comes next is an image layout of another program. That of a backup begins with its `oci-layout`, which has
 * a member of ours. Nothing is read past.
 */
export async function isImageLayout(source: Source): Promise<boolean> {
  const block = await source.peek(BLOCK);
  if (block.length < BLOCK || !hasMagic(block)) return false;
  const hasOurForm = !('problem' in decodeHeader(block));
  const start = await source.peek(hasOurForm ? BLOCK + LAYOUT_BYTES : START_BYTES);
  const tar = new LooseTar(new Source(await openFeed(once(start)), () => {}));
  try {
    const first = await tar.next();
    if (first === undefined || !FIRST.test(first.name)) return false;
    if (first.name !== LAYOUT) return true;
    return first.size <= LAYOUT_BYTES && isPlainLayoutFile((await tar.take(first)).toString());
  } catch (error) {
    // It is no tar, or a damaged one: whoever reads it as a backup says so better.
    if (error instanceof Failure) return false;
    throw error;
  }
}

/** For whoever wants a backup. */
export function onlyLayout(): Failure {
  return notAnArchive(
    'it is an OCI image layout without a backup in it',
    '"inspect" and "verify" read it as what it is; skopeo, crane or regctl put its images into a registry',
  );
}

function isPlainLayoutFile(text: string): boolean {
  try {
    const { imageLayoutVersion, formatVersion } = JSON.parse(text);
    return typeof imageLayoutVersion === 'string' && formatVersion === undefined;
  } catch {
    return false;
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
