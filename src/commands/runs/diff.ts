import { openArchive } from '../../archive/open-archive.ts';
import { Flow } from '../../base/flow.ts';
import { RESOLVES_IN_FLIGHT } from '../../base/limits.ts';
import { ROUTES } from '../../progress/phases.ts';
import type { DiffResult } from '../../progress/results/foundation.ts';
import { diffArchive } from '../../restore/diff.ts';
import { type BaseFlagValues, giveAllBases } from '../from-flags/base-archives.ts';
import { openCluster } from '../from-flags/cluster.ts';
import { archiveFrom, nameOf } from '../from-flags/media.ts';
import { openRegistries } from '../from-flags/registries.ts';
import { type MapFlags, mapSettings } from '../from-flags/restore-settings.ts';
import { openOpener } from '../from-flags/secrets.ts';
import { readSelection, type SelectionFlagValues } from '../from-flags/selection.ts';
import { readAllowedSigners } from '../from-flags/signing.ts';
import type { Reporting } from './reporting.ts';
import { runShown } from './run.ts';

type DiffFlags = Parameters<typeof openOpener>[1] &
  Parameters<typeof openRegistries>[0] &
  Parameters<typeof openCluster>[0] &
  Parameters<typeof readAllowedSigners>[0] &
  SelectionFlagValues &
  MapFlags &
  BaseFlagValues & {
    readonly concurrency?: number | undefined;
    readonly tasks?: string | undefined;
    readonly progress: string;
    readonly quiet: boolean;
  };

/** Puts a comparison together from its flags. Of the archive only the head is read. */
export async function runDiff(
  files: readonly string[],
  flags: DiffFlags,
  reporting?: Reporting,
): Promise<DiffResult> {
  const rules = {
    ...(await mapSettings(flags)),
    selection: readSelection(flags),
    tasks: flags.tasks === 'history',
  };
  const flow = new Flow(RESOLVES_IN_FLIGHT, flags.concurrency);
  const signers = await readAllowedSigners(flags);
  const { from, ...ask } = archiveFrom(files);
  const archive = await openArchive(from, { ...ask, signers, resourcesAside: true });
  reporting?.holds(archive.head);
  const open: (() => Promise<void>)[] = [() => archive.close(), async () => reporting?.readAhead()];
  try {
    // Of layers nothing is read; a base that is given is the right one all the same.
    if (flags.base !== undefined) await giveAllBases(archive, nameOf(files), flags);
    const opener = await openOpener(archive.head, flags);
    const { value, seconds } = await runShown(
      ROUTES.diff,
      { ...flags, recorder: reporting?.recorder },
      async ({ report, signal }) => {
        report({ type: 'phase', phase: 'connect' });
        const cluster = await openCluster(flags, report);
        open.push(() => cluster.close());
        const { registries, ...logins } = await openRegistries(flags, cluster, report, flow);
        open.push(() => registries.close());
        const parts = { cluster, registries, archive, opener, start: true, ...rules, ...logins };
        return diffArchive({ ...parts, report, signal });
      },
    );
    return { file: nameOf(files), ...value, seconds };
  } finally {
    for (const close of open.reverse()) await close();
  }
}
