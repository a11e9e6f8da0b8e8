import { ArchiveBlobs } from './archive-blobs.ts';
import { type ArchiveFrom, openAnyFeed } from './feed.ts';
import { type Head, sealOffset } from './head.ts';
import { readHead } from './head-reader.ts';
import type { OnHeld } from './held.ts';
import { ArchiveReader } from './reader.ts';
import { Source } from './source.ts';
import type { AllowedSigner } from './ssh/allowed-signers.ts';
import { incomplete, TarReader } from './tar-reader.ts';
import type { AskForPart } from './volumes/part-finder.ts';

/** How an archive is read. */
export interface ReadOptions {
  /** Who may have signed the archive. Without it anybody may, or nobody. */
  signers?: readonly AllowedSigner[] | undefined;
  /**
   * Leaves resources where they are, if they can be read there when they are wanted: the archive must be open as long as
   * its objects are read. Otherwise they are in memory.
   */
  resourcesAside?: boolean;
  /** Told how far the reading is, in bytes of the archive. */
  onRead?: (position: number) => void;
  /** Told when the medium keeps a read waiting, and when that is over. */
  onHeld?: OnHeld;
  /** Asks for a part that is missing when its turn comes; without it, a missing part is an error beforehand. */
  askForPart?: AskForPart;
  /** Ends the waiting for whoever writes into a pipe. */
  signal?: AbortSignal;
}

/**
 * Opens an archive for one forward pass and reads its head.
 *
 * ```
 * const archive = await openArchive('backup.tar');
 * for await (const { layer, body } of archive.layers()) …
 * const seal = await archive.finish();
 * ```
 *
 * @param from a file's path, the paths of all its parts or their folders, or the bytes of an archive as they come.
 * @throws Failure `not-an-archive`, `newer-format`, `incomplete`, `damaged` or `io-error`, as does every further step,
 * and `refused` where it is not signed by one of the signers: now, where it can jump, and at the seal, of a pipe.
 */
export async function openArchive(from: ArchiveFrom, options: ReadOptions = {}): Promise<ArchiveReader> {
  return readArchive(await openSource(from, options), options);
}

/** The bytes of what may be an archive, for {@link readArchive} or whoever reads what it is instead. */
export async function openSource(
  from: ArchiveFrom,
  { onRead = () => {}, onHeld, askForPart, signal }: ReadOptions = {},
): Promise<Source> {
  return new Source(await openAnyFeed(from, askForPart, signal), onRead, onHeld);
}

/** {@link openArchive} for a source, which is closed when it fails. */
export async function readArchive(
  source: Source,
  { signers, resourcesAside = false }: ReadOptions = {},
): Promise<ArchiveReader> {
  const tar = new TarReader(source);
  try {
    const head = await readHead(tar, resourcesAside ? new ArchiveBlobs(source) : undefined);
    checkSize(source, head);
    const archive = new ArchiveReader(tar, head, signers);
    await archive.checkAhead();
    return archive;
  } catch (error) {
    const blamed = await tar.blame(error);
    await source.close();
    throw blamed;
  }
}

/** A file that is too short is told before anything is made of it. */
function checkSize({ size }: Source, head: Head): void {
  if (size !== undefined && size <= sealOffset(head)) {
    throw incomplete(`the file has ${size} bytes of at least ${head.totalBytes}`, size);
  }
}
