import { openArchive } from '../../archive/open-archive.ts';
import { Failure } from '../../base/errors.ts';
import { inShort } from '../../base/findings.ts';
import { Flow } from '../../base/flow.ts';
import { UPLOADS_IN_FLIGHT } from '../../base/limits.ts';
import { canAsk, confirm, printWarning, requireTerminal } from '../../progress/console.ts';
import { plural, size } from '../../progress/format.ts';
import { ROUTES } from '../../progress/phases.ts';
import type { RestoreResult } from '../../progress/results/restore.ts';
import { checkArchive, checkCluster, clusterOf } from '../../restore/journal/identity.ts';
import type { Journal } from '../../restore/journal/journal.ts';
import { journalFolder } from '../../restore/journal/place.ts';
import { prepareRestore, type Restore, type RestoreOptions, type Review } from '../../restore/restore.ts';
import { type BaseFlagValues, giveBases } from '../from-flags/base-archives.ts';
import { openCluster } from '../from-flags/cluster.ts';
import { archiveFrom, nameOf } from '../from-flags/media.ts';
import { openRegistries } from '../from-flags/registries.ts';
import { type RestoreSettingFlags, restoreSettings } from '../from-flags/restore-settings.ts';
import { openOpener } from '../from-flags/secrets.ts';
import { readAllowedSigners } from '../from-flags/signing.ts';
import { answered } from '../wizard/wizard.ts';
import { checkParts } from './check-parts.ts';
import { decideExisting, decideOrphans } from './existing.ts';
import { runRecorded } from './recorded.ts';
import type { Reporting } from './reporting.ts';
import { NOTHING_YET, type RunContext, runShown } from './run.ts';

/** The flags of a restore. */
export type RestoreFlags = Parameters<typeof openOpener>[1] &
  Parameters<typeof readAllowedSigners>[0] &
  Parameters<typeof openRegistries>[0] &
  Parameters<typeof openCluster>[0] &
  RestoreSettingFlags &
  BaseFlagValues & {
    /** What `--dry-run` names; true for what it means alone. */
    readonly 'dry-run'?: string | boolean | undefined;
    readonly yes: boolean;
    readonly concurrency?: number | undefined;
    readonly answers?: string | undefined;
    readonly 'save-answers'?: string | undefined;
    /** Where the journal of what is written is kept. */
    readonly journal?: string | undefined;
    readonly progress: string;
    readonly quiet: boolean;
  };

/**
 * Puts a restore together from its flags. Everything that has to be asked is asked before the first write.
 * @param resumed the journal of the restore that this one goes on with
 */
export async function runRestore(
  files: readonly string[],
  given: RestoreFlags,
  reporting?: Reporting,
  resumed?: Journal,
): Promise<RestoreResult> {
  const { flags, passphrase, isReviewed } = await answered(files, given, resumed !== undefined);
  const settings = await restoreSettings(flags);
  const mayAsk = !flags.yes && !flags['dry-run'] && canAsk();
  if (mayAsk && settings.orphanedNames === 'keep') settings.orphanedNames = 'ask';
  const flow = new Flow(UPLOADS_IN_FLIGHT, flags.concurrency);
  if (!flags.yes && !flags['dry-run']) {
    requireTerminal('a restore asks before it writes, and there is no terminal to ask');
  }
  const signers = await readAllowedSigners(flags);
  const { from, ...ask } = archiveFrom(files);
  const archive = await openArchive(from, { ...ask, signers, resourcesAside: true });
  reporting?.holds(archive.head);
  const shown = { ...flags, flow, wayOn: () => NOTHING_YET, recorder: reporting?.recorder };
  const open: (() => Promise<void>)[] = [() => archive.close(), async () => reporting?.readAhead()];
  try {
    if (resumed !== undefined) checkArchive(resumed, archive.head);
    const { base } = await giveBases(archive, nameOf(files), flags);
    const opener = await openOpener(archive.head, flags, { passphrase });
    const journal = resumed?.path ?? flags.journal ?? journalFolder();
    const restore = await runShown(ROUTES.check, shown, async ({ report, signal }) => {
      const target = await reach({ flags, flow, resumed, open, report, signal });
      return prepareRestore({ ...settings, ...target, archive, opener, journal, report, signal });
    });
    if (flags['dry-run']) return await dryRun(restore, flags['dry-run'], shown);
    const untold = flags.quiet || isReviewed ? [] : restore.value.review.findings;
    for (const text of inShort(untold)) printWarning(text);
    if (archive.asksForParts && !settings.eager) printWarning(TWICE);
    const decided = await decide(restore.value, settings, shown);
    if (!settings.eager) await checkParts(archive, nameOf(files), shown);
    return await runRecorded(decided.restore, {
      ...{ files, resumed },
      flags: { ...flags, base, ...decided.flags },
      recorder: reporting?.recorder,
      flow,
      archive: archive.head,
    });
  } finally {
    for (const close of open.reverse()) await close();
  }
}

interface Reaching extends RunContext {
  readonly flags: RestoreFlags;
  readonly flow: Flow;
  readonly resumed: Journal | undefined;
  /** Gets what has to be closed in the end, also when it is not reached. */
  readonly open: (() => Promise<void>)[];
}

/** The cluster that is restored to, and its registries. */
async function reach({ flags, flow, resumed, open, report, signal }: Reaching) {
  report({ type: 'phase', phase: 'connect' });
  const cluster = await openCluster(flags, report);
  open.push(() => cluster.close());
  if (resumed !== undefined) checkCluster(resumed, await clusterOf(cluster, signal));
  const { registries, ...logins } = await openRegistries(flags, cluster, report, flow);
  open.push(() => registries.close());
  return { cluster, registries, ...logins };
}

/** Said before the first medium is asked for, so that whoever has many of them can still choose. */
const TWICE =
  'the parts are not all at hand: each is read and checked before anything is written, and again when it is restored, so each medium is asked for twice; --eager leaves the first time out';

type Shown = RestoreFlags & Parameters<typeof runShown>[1];

/** What a restore would do: as far as it can be told from here, or as the server answers to a dry run of its own. */
async function dryRun(
  prepared: { readonly value: Restore; readonly seconds: number },
  how: string | true,
  shown: Shown,
): Promise<RestoreResult> {
  if (how !== 'server') return { ...prepared.value.dryRun(), seconds: prepared.seconds };
  const { value, seconds } = await runShown(ROUTES.check, shown, ({ report, signal }) => {
    report({ type: 'phase', phase: 'preflight' });
    return prepared.value.dryRunOnServer(signal);
  });
  return { ...value, seconds: prepared.seconds + seconds };
}

/**
 * Asks what is still to be asked; the answers as the flags that say the same.
 * @throws Failure `refused` when somebody says no
 */
async function decide(
  restore: Restore,
  settings: Pick<RestoreOptions, 'onExisting' | 'orphanedNames'>,
  shown: Shown,
) {
  const answer = shown.yes ? settings.onExisting : await decideExisting(restore, shown);
  const remove = await decideOrphans(restore, settings.orphanedNames);
  if (!shown.yes && !(await confirm(question(restore.review)))) {
    throw new Failure('refused', 'not confirmed; nothing was written');
  }
  const decided = restore.withExisting(answer);
  return {
    restore: remove ? decided.withoutOrphans() : decided,
    flags: { 'on-existing': answer, 'remove-orphaned-leases': remove },
  };
}

function question({ context, objects, images, bytes }: Review): string {
  const what = `${plural(objects, 'object')} and ${plural(images, 'image')} (${size(bytes)})`;
  return `restore ${what} to ${context}?`;
}
