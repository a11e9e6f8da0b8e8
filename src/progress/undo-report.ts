import { duration, plural } from './format.ts';
import {
  type Fact,
  facts,
  kindCounts,
  lossSection,
  noteSection,
  page,
  sum,
  verdict,
} from './report-parts.ts';
import type { UndoResult } from './results/restore.ts';

/** The end of an undo, or of its dry run. */
export function undoReport(result: UndoResult): string {
  return page(
    facts(undoFacts(result)),
    noteSection(result.notes),
    lossSection(result.losses, 'stays:'),
    verdict(undoVerdict(result)),
  );
}

export function undoFacts({ context, journal, dryRun, removed, gone, images, seconds }: UndoResult): Fact[] {
  return [
    ['context', context],
    ['journal', journal],
    [dryRun ? 'to remove' : 'removed', sum(removed) === 0 ? 'nothing' : kindCounts(removed)],
    ['gone before', gone === 0 ? '' : plural(gone, 'object')],
    ['images', images.removed === 0 ? '' : `${plural(images.removed, 'manifest')} and tags`],
    ['time', dryRun ? '' : duration(seconds)],
  ];
}

export function undoVerdict({ context, dryRun, losses }: UndoResult): string {
  const stays = losses.length === 0 ? '' : `, but for ${plural(losses.length, 'thing')} named above`;
  if (dryRun) return `dry run: nothing was removed from ${context}`;
  return `what the restore made in ${context} is taken back${stays}`;
}
