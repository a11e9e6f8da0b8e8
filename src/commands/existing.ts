import { Failure } from '../base/errors.ts';
import { choose, printWarning } from '../progress/console.ts';
import { plural } from '../progress/format.ts';
import { ROUTES } from '../progress/phases.ts';
import { fieldText } from '../progress/report-parts.ts';
import type { OnExisting } from '../restore/conflicts.ts';
import type { Restore } from '../restore/restore.ts';
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
