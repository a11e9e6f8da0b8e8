import type { Digest } from '../base/digest.ts';
import type { ArchiveFrom } from './feed.ts';
import type { Head } from './head.ts';
import { imageContent } from './images.ts';
import { blobName } from './layout.ts';
import { titledBlobs } from './oci-layout.ts';
import { ociViews } from './oci-view.ts';
import { openSource, type ReadOptions, readArchive } from './open-archive.ts';
import type { ArchiveReader } from './reader.ts';
import type { Seal } from './seal.ts';
import type { SealSignature } from './signature.ts';
import { Source } from './source.ts';
import { damaged } from './tar-reader.ts';

/** An archive of which every byte that matters for `head` and `seal` has been checked. */
export interface CheckedArchive {
  head: Head;
  seal: Seal;
  /** By whom it is signed, if anybody. */
  signature: SealSignature | undefined;
  /** True when the layers' bytes have been checked too. */
  layersRead: boolean;
}

/**
 * Checks a whole archive: every digest, the seal, and that its images are complete; of what it left to bases, the
 * layers that are at hand. Whether every image that a resource names is among `head.plan.images` is for a caller to check
 * who knows resources.
 *
 * @param onBase told of every piece that was read of a base.
 * @throws Failure `damaged` or `incomplete`, with the entry and its byte as subject.
 */
export async function verifyArchive(
  archive: ArchiveReader,
  onBase: (bytes: number) => void = () => {},
): Promise<CheckedArchive> {
  checkImages(archive.head);
  for await (const { layer, body } of archive.layers()) {
    if (!layer.inBase) continue;
    for await (const piece of body) onBase(piece.length);
  }
  const seal = await archive.finish();
  return { head: archive.head, seal, signature: archive.signature, layersRead: true };
}

/**
 * What is in an archive, without reading its layers where it is a file: head and seal are checked, and that the file
 * is as long as they say.
 *
 * @throws Failure as {@link verifyArchive} and {@link readArchive}.
 */
export async function inspectArchive(
  from: ArchiveFrom | Source,
  options?: ReadOptions,
): Promise<CheckedArchive> {
  const source = from instanceof Source ? from : await openSource(from, options);
  const archive = await readArchive(source, options);
  try {
    const layersRead = !archive.skipLayers();
    const seal = await archive.finish();
    if (layersRead) checkImages(archive.head);
    return { head: archive.head, seal, signature: archive.signature, layersRead };
  } finally {
    await archive.close();
  }
}

/**
 * Checks that every image of the plan is complete, and that nothing is in the archive that no image needs.
 *
 * @throws Failure `damaged`.
 */
export function checkImages(head: Head): void {
  const { plan, blobs } = head;
  const needed = new Set<Digest>(titledBlobs(plan).map(blob => blob.digest));
  for (const { descriptor } of ociViews(head).values()) needed.add(descriptor.digest);
  for (const image of plan.images) {
    const { manifests, configs, layers } = imageContent(head, image);
    for (const { digest } of [...manifests, ...configs, ...layers]) needed.add(digest);
  }
  const stray = [...blobs.keys(), ...plan.layers.map(layer => layer.digest)].find(
    digest => !needed.has(digest),
  );
  if (stray !== undefined) throw damaged('no image needs it', blobName(stray));
}
