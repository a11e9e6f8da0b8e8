import { openFileSink } from '../../archive/file-sink.ts';
import { repairArchive } from '../../archive/repair.ts';
import { fingerprintOf } from '../../archive/ssh/public-key.ts';
import { StreamSink } from '../../archive/stream-sink.ts';
import { ROUTES } from '../../progress/phases.ts';
import type { RepairResult } from '../../progress/results/archive.ts';
import { openSigner } from '../from-flags/signing.ts';
import type { RewriteFlagValues } from './rewriting.ts';
import { runShown } from './run.ts';

type RepairFlags = RewriteFlagValues & Parameters<typeof openSigner>[0];

/** Makes of a damaged archive a smaller one that is whole. */
export async function runRepair(
  damaged: readonly [string, ...string[]],
  flags: RepairFlags,
): Promise<RepairResult> {
  const { output: file, overwrite } = flags;
  let through = { step: '', bytes: 0 };
  const stdout = file === '-' ? new StreamSink() : undefined;
  const signer = await openSigner(flags);
  const { value, seconds } = await runShown(ROUTES.repair, flags, async ({ report, signal }) => {
    const { bytes, lost, before, sealed } = await repairArchive(damaged, {
      signer,
      openSink: async () => stdout ?? openFileSink(file, { overwrite, isCopy: true }),
      onStep: (step, bytes) => {
        report({ type: 'phase', phase: step === 'salvage' ? 'verify' : 'write' });
        report({ type: 'planned', bytes, blobs: 1, objects: 0, images: 0, waves: 0 });
        report({ type: 'blob-started', digest: step, bytes, for: step === 'salvage' ? damaged[0] : file });
        through = { step, bytes: 0 };
      },
      onBytes: bytes => {
        signal.throwIfAborted();
        // What is looked at twice is behind it once.
        through.bytes = Math.max(through.bytes, bytes);
        report({ type: 'blob-progress', digest: through.step, bytes: through.bytes });
      },
    });
    report({ type: 'blob-done', digest: through.step, bytes, how: 'moved' });
    report({ type: 'phase', phase: 'finish' });
    const notes = sealed
      ? []
      : ['the damaged archive had no seal that could be read: what came up late in its export is not known'];
    const signature = signer && { key: fingerprintOf(signer.publicKey) };
    return { bytes, lost: [...lost], losses: [...before], notes, ...(signature && { signature }) };
  });
  return { file, ...value, seconds };
}
