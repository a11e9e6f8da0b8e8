import { Failure } from '../../base/errors.ts';
import { Flow } from '../../base/flow.ts';
import { UPLOADS_IN_FLIGHT } from '../../base/limits.ts';
import { keyOf, showId } from '../../base/object.ts';
import type { ApiCluster } from '../../cluster/client.ts';
import { confirmByName, printWarning, requireTerminal } from '../../progress/console.ts';
import { plural } from '../../progress/format.ts';
import { ROUTES } from '../../progress/phases.ts';
import type { UndoResult } from '../../progress/results/restore.ts';
import type { Registries } from '../../registry/registry.ts';
import { checkCluster, clusterOf } from '../../restore/journal/identity.ts';
import { Journal } from '../../restore/journal/journal.ts';
import { journalFolder, journalNamed, listJournals } from '../../restore/journal/place.ts';
import { inSession } from '../../restore/journal/session.ts';
import { stateOf } from '../../restore/journal/state.ts';
import { surveyTarget } from '../../restore/target.ts';
import { removeImages } from '../../restore/undo/images.ts';
import { reviewUndo, type UndoReview, undo } from '../../restore/undo/undo.ts';
import { parseWaitTimeouts, type WaitTimeouts } from '../../restore/wait-timeouts.ts';
import { commandLine } from '../flags/command-line.ts';
import { openCluster } from '../from-flags/cluster.ts';
import { openRegistries } from '../from-flags/registries.ts';
import type { Reporting } from './reporting.ts';
import { type RunContext, runShown } from './run.ts';

type UndoFlags = Parameters<typeof openRegistries>[0] &
  Parameters<typeof openCluster>[0] & {
    readonly 'dry-run': boolean;
    readonly yes: boolean;
    readonly images: boolean;
    readonly 'wait-timeout'?: string[] | undefined;
    readonly progress: string;
    readonly quiet: boolean;
  };

/** Changed objects that are named; of more, how many. */
const NAMED = 50;

/** Puts an undo together from its flags. */
export async function runUndo(
  word: string | undefined,
  given: UndoFlags,
  reporting?: Reporting,
): Promise<UndoResult> {
  const flags = { ...given, recorder: reporting?.recorder };
  const waitTimeouts = parseWaitTimeouts(flags['wait-timeout'] ?? []);
  if (!flags.yes && !flags['dry-run']) {
    requireTerminal('an undo asks before it removes anything, and there is no terminal to ask');
  }
  const journal = await journalToUndo(word);
  const open: (() => Promise<void>)[] = [];
  try {
    const { value, seconds } = await runShown(ROUTES.undo, flags, ({ report, signal }) =>
      openReviewed(journal, { flags, waitTimeouts, open, report, signal }),
    );
    const { review } = value;
    const base = resultOf(journal, review, flags['dry-run']);
    if (flags['dry-run']) return { ...base, losses: [...review.plan.kept], seconds };
    for (const { subject, reason } of flags.quiet ? [] : review.plan.kept)
      printWarning(`${subject} stays: ${reason}`);
    if (!flags.yes && !(await confirmByName(question(journal, review), review.context))) {
      throw new Failure('refused', 'not confirmed; nothing was removed');
    }
    const wayOn = () => wayOnFrom(journal);
    const done = await runShown(ROUTES.undo, { ...flags, wayOn }, ({ report, signal }) =>
      undoRecorded(journal, value, { flags, waitTimeouts, report, signal }),
    );
    const { removed, images, losses } = done.value;
    return { ...base, removed, images: { removed: images }, losses: [...losses], seconds: done.seconds };
  } catch (error) {
    throw withWayOn(error, journal);
  } finally {
    for (const close of open.reverse()) await close();
  }
}

interface Undoing extends RunContext {
  readonly flags: UndoFlags;
  readonly waitTimeouts: WaitTimeouts;
}

/** What the journal is undone with, and what that comes to. */
interface Reviewed {
  readonly cluster: ApiCluster;
  readonly registries: Registries;
  readonly review: UndoReview;
}

/** @param open gets what has to be closed in the end, also when this fails */
async function openReviewed(
  journal: Journal,
  { flags, waitTimeouts, open, report, signal }: Undoing & { readonly open: (() => Promise<void>)[] },
): Promise<Reviewed> {
  report({ type: 'phase', phase: 'connect' });
  const cluster = await openCluster(flags, report);
  open.push(() => cluster.close());
  checkCluster(journal, await clusterOf(cluster, signal));
  const flow = new Flow(UPLOADS_IN_FLIGHT);
  const { registries, onPullSecret } = await openRegistries(flags, cluster, report, flow);
  open.push(() => registries.close());
  if (flags.images) for (const login of (await surveyTarget(cluster, signal)).logins) onPullSecret(login);
  const review = await reviewUndo(journal, { cluster, report, waitTimeouts, signal });
  return { cluster, registries, review };
}

/** Undoes it, with a note of each step in the journal, while nobody else restores or undoes there. */
function undoRecorded(
  journal: Journal,
  { cluster, registries }: Reviewed,
  { flags, waitTimeouts, report, signal }: Undoing,
) {
  return inSession(
    { work: 'undo', cluster, ...(flags.images && { registries }), journal, report, signal },
    async recorded => {
      const { signal } = recorded;
      const options = { cluster: recorded.cluster, report, waitTimeouts, signal };
      // What was unclear is known by now.
      const undone = await undo(await reviewUndo(journal, options), options);
      if (recorded.registries === undefined) return { ...undone, images: 0 };
      const images = await removeImages(journal, recorded.cluster, recorded.registries, report, signal);
      return { ...undone, images: images.removed, losses: [...undone.losses, ...images.losses] };
    },
    ({ losses }) => losses.length,
  );
}

async function journalToUndo(word: string | undefined): Promise<Journal> {
  if (word !== undefined) return Journal.read(await journalNamed(word));
  const folder = journalFolder();
  const journal = (await listJournals(folder)).findLast(one => stateOf(one) !== 'undone');
  if (journal !== undefined) return journal;
  throw new Failure('usage', 'there is no restore to take back', {
    subject: folder,
    hints: ['name the journal: kubectl asa-backup undo JOURNAL'],
  });
}

function resultOf(journal: Journal, { context, plan, gone }: UndoReview, dryRun: boolean) {
  const removed: Record<string, number> = {};
  for (const { id } of plan.groups.flat()) removed[id.kind] = (removed[id.kind] ?? 0) + 1;
  const goes = new Set(plan.groups.flat().map(({ id }) => keyOf(id)));
  const changed = journal.changed().filter(id => !goes.has(keyOf(id)));
  const notes = changed
    .slice(0, NAMED)
    .map(id => `${showId(id)} was there before and was changed by the restore; it stays as it is`);
  if (changed.length > NAMED) notes.push(`so do ${plural(changed.length - NAMED, 'more object')}`);
  return { context, journal: journal.path, dryRun, removed, gone, images: { removed: 0 }, notes };
}

function question({ header }: Journal, { context, plan }: UndoReview): string {
  const objects = plural(plan.groups.flat().length, 'object');
  return `delete ${objects} from ${context}, which the restore of ${header.archive.file} made (${header.startedAt})?`;
}

/** An undo that was interrupted is done again. */
function withWayOn(error: unknown, journal: Journal): unknown {
  if (!(error instanceof Failure) || error.code !== 'interrupted') return error;
  return new Failure(error.code, error.message, { hints: [wayOnFrom(journal)], cause: error.cause });
}

function wayOnFrom(journal: Journal): string {
  return `go on with: ${commandLine(['undo', journal.path])}`;
}
