import { Failure } from '../../base/errors.ts';
import { choose, confirm, printWarning } from '../../progress/console.ts';
import { plural } from '../../progress/format.ts';
import { ROUTES } from '../../progress/phases.ts';
import { fieldText } from '../../progress/report-parts.ts';
import type { OnExisting } from '../../restore/conflicts.ts';
import type { OrphanedNames } from '../../restore/orphaned-names.ts';
import type { Restore } from '../../restore/restore.ts';
import { runShown } from './run.ts';

/** Objects that are shown before the question; more are counted. */
const SHOWN = 20;

/**
 * Asks what becomes of objects that are there and differ, if there are any and nothing was said about them.
 * @returns the answer, which a restore that goes on later is to have too
 * @throws Failure `refused` when the answer is to do nothing.
 */
export async function decideExisting(
  restore: Restore,
  flags: { readonly 'on-existing'?: string | undefined } & Parameters<typeof runShown>[1],
): Promise<OnExisting> {
  if (flags['on-existing'] !== undefined) return flags['on-existing'] as OnExisting;
  const { value: conflicts } = await runShown(ROUTES.check, flags, ({ report, signal }) => {
    report({ type: 'phase', phase: 'preflight' });
    return restore.conflicts(signal);
  });
  if (conflicts.length === 0) return 'skip';
  for (const { subject, fields } of conflicts.slice(0, SHOWN)) {
    for (const field of fields) printWarning(`${subject} differs in ${fieldText(field)}`);
  }
  if (conflicts.length > SHOWN) printWarning(`${plural(conflicts.length - SHOWN, 'more object')} differ`);
  const question = `${plural(conflicts.length, 'object')} of the cluster ${conflicts.length === 1 ? 'is' : 'are'} not as in the archive:`;
  const answer = await choose(question, ['skip', 'update', 'cancel'], '--on-existing');
  if (answer === 'cancel') throw new Failure('refused', 'not confirmed; nothing was written');
  return answer;
}

/**
 * Whether names that Korifi holds for nobody are let go of, which is asked where somebody can be.
 * @throws Failure `refused` when the archive needs one of them and the answer is no.
 */
export async function decideOrphans({ orphans, review }: Restore, what: OrphanedNames): Promise<boolean> {
  if (what !== 'ask' || orphans === 0) return what === 'remove';
  const names = `${plural(orphans, 'name')} that Korifi holds for objects which do not exist`;
  if (await confirm(`let go of ${names}?`)) return true;
  const needed = review.findings.find(
    ({ code, severity }) => code === 'name-orphaned' && severity === 'warn',
  );
  if (needed === undefined) return false;
  throw new Failure('refused', needed.text, { hints: ['nothing was written'] });
}
