import { openFileSink } from '../../archive/file-sink.ts';
import type { Contents } from '../../archive/head.ts';
import { openArchive } from '../../archive/open-archive.ts';
import type { ArchiveReader } from '../../archive/reader.ts';
import { rewriteArchive } from '../../archive/rewrite.ts';
import type { SealSigner } from '../../archive/signature.ts';
import { fingerprintOf } from '../../archive/ssh/public-key.ts';
import { StreamSink } from '../../archive/stream-sink.ts';
import { ROUTES } from '../../progress/phases.ts';
import type { RewriteResult } from '../../progress/results/archive.ts';
import { archiveFrom } from '../from-flags/media.ts';
import { type RunContext, runShown } from './run.ts';

/** The flags of commands that write an archive anew. */
export interface RewriteFlagValues {
  readonly output: string;
  readonly overwrite: boolean;
  readonly progress: string;
  readonly quiet: boolean;
}

/** Opens an archive, has its contents changed, and writes it again, to another file or over itself when it is whole. */
export async function runRewrite(
  files: readonly string[],
  flags: RewriteFlagValues,
  signer: SealSigner | undefined,
  change: (archive: ArchiveReader, context: RunContext) => Promise<Contents>,
): Promise<RewriteResult> {
  const { output: file, overwrite } = flags;
  const stdout = file === '-' ? new StreamSink() : undefined;
  const { from, ...ask } = archiveFrom(files);
  const { value, seconds } = await runShown(ROUTES.copy, flags, async context => {
    const { report, signal } = context;
    report({ type: 'phase', phase: 'write' });
    const archive = await openArchive(from, { ...ask, signal, onRead: () => signal.throwIfAborted() });
    try {
      const contents = await change(archive, context);
      const sink = stdout ?? (await openFileSink(file, { overwrite, isCopy: true }));
      const onTotal = (bytes: number) => {
        report({ type: 'planned', bytes, blobs: 1, objects: 0, images: 0, waves: 0 });
        report({ type: 'blob-started', digest: file, bytes, for: file });
      };
      const onWritten = (written: number) => {
        signal.throwIfAborted();
        report({ type: 'blob-progress', digest: file, bytes: written });
      };
      const bytes = await rewriteArchive(archive, contents, sink, { signer, onTotal, onWritten });
      report({ type: 'blob-done', digest: file, bytes, how: 'moved' });
      report({ type: 'phase', phase: 'finish' });
      const { losses, secrets, redacted } = contents.plan;
      const unsigned = archive.signature !== undefined && signer === undefined;
      const signature = signer && { key: fingerprintOf(signer.publicKey) };
      return {
        bytes,
        secrets: redacted ? ('redacted' as const) : secrets.kind,
        losses,
        unsigned,
        ...(signature && { signature }),
      };
    } finally {
      await archive.close();
    }
  });
  return { file, ...value, seconds };
}
