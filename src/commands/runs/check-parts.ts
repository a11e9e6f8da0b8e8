import type { ArchiveReader } from '../../archive/reader.ts';
import { ROUTES } from '../../progress/phases.ts';
import { type RunFlags, runShown } from './run.ts';

/**
 * Reads the parts of an archive against their digests before anything is written, so that a damaged one is named while it
 * can still be copied again, and one that is missing too; of an archive in one file nothing.
 *
 * @throws Failure `damaged`, naming the part.
 */
export async function checkParts(archive: ArchiveReader, file: string, flags: RunFlags): Promise<void> {
  const bytes = archive.partBytes;
  if (bytes === 0) return;
  await runShown(ROUTES.parts, flags, async ({ report, signal }) => {
    report({ type: 'phase', phase: 'verify' });
    report({ type: 'planned', bytes, blobs: 1, objects: 0, images: 0, waves: 0 });
    report({ type: 'blob-started', digest: file, bytes, for: file });
    let read = 0;
    await archive.checkParts(more => {
      signal.throwIfAborted();
      read += more;
      report({ type: 'blob-progress', digest: file, bytes: read });
    });
    report({ type: 'blob-done', digest: file, bytes, how: 'moved' });
  });
}
