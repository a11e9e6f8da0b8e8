import { openFileSink } from '../archive/file-sink.ts';
import { repairArchive } from '../archive/repair.ts';
import { StreamSink } from '../archive/stream-sink.ts';
import { ROUTES } from '../progress/phases.ts';
import type { RepairResult } from '../progress/results/archive.ts';
import type { RewriteFlagValues } from './rewriting.ts';
import { runShown } from './run.ts';
import { openSigner } from './signing.ts';

type RepairFlags = RewriteFlagValues & Parameters<typeof openSigner>[0];

/** Makes of a damaged archive a smaller one that is whole. */
export async function runRepair(
  damaged: readonly [string, ...string[]],
  flags: RepairFlags,
): Promise<RepairResult> {
  const { output: file, overwrite } = flags;
  const stdout = file === '-' ? new StreamSink() : undefined;
  const signer = await openSigner(flags);
  const { value, seconds } = await runShown(ROUTES.copy, flags, async ({ report, signal }) => {
    report({ type: 'phase', phase: 'write' });
    const { bytes, lost, before, sealed } = await repairArchive(damaged, {
      signer,
      openSink: async () => stdout ?? openFileSink(file, { overwrite }),
      onRead: () => signal.throwIfAborted(),
    });
    report({ type: 'phase', phase: 'finish' });
    const notes = sealed
      ? []
      : ['the damaged archive had no seal that could be read: what came up late in its export is not known'];
    return { bytes, lost: [...lost], losses: [...before], notes };
  });
  return { file, ...value, seconds };
}
