import { diffFacts, diffVerdict, nameOf } from '../diff-report.ts';
import { layoutFacts, layoutVerdict } from '../layout-report.ts';
import { verifyFacts, verifyVerdict } from '../report.ts';
import { driftNotes, fieldText } from '../report-parts.ts';
import type { LayoutResult, VerifyResult } from '../results/archive.ts';
import type { DiffResult } from '../results/foundation.ts';
import type { UndoResult } from '../results/restore.ts';
import { undoFacts, undoVerdict } from '../undo-report.ts';
import { documentOf, type RunFacts } from './build.ts';
import type { ReportDocument } from './document.ts';

/** What every document has, where a run has nothing to say of it. */
const NOTHING = { objects: {}, planned: [], maps: [], differs: [], notes: [], losses: [] };

/** What an undo removed, and what stays and why. */
export function undoDocument(run: RunFacts, result: UndoResult): ReportDocument {
  const word = result.dryRun ? 'to remove' : 'removed';
  const { notes, losses } = result;
  return documentOf(run, {
    ...{ ...NOTHING, notes, losses },
    verdict: undoVerdict(result),
    facts: undoFacts(result),
    objects: counted(Object.entries(result.removed).map(([kind, number]) => [kind, word, number])),
  });
}

/** How archive and cluster differ: by kind in numbers, and one by one. */
export function diffDocument(run: RunFacts, result: DiffResult): ReportDocument {
  const { missing, extra, different, images, leftOut } = result;
  const numbers = (word: string, objects: readonly { readonly subject: string }[]) =>
    objects.map(({ subject }) => [subject.split(' ')[0] ?? '', word, 1] as const);
  return documentOf(run, {
    ...NOTHING,
    verdict: diffVerdict(result),
    facts: [['archive', run.file], ...diffFacts(result)],
    objects: counted([
      ...numbers('missing', missing),
      ...numbers('extra', extra),
      ...numbers('different', different),
    ]),
    differs: different.map(({ fields, ...object }) => ({
      subject: nameOf(object),
      paths: fields.map(field => fieldText(field)),
    })),
    notes: [
      ...missing.map(object => `in the archive only: ${nameOf(object)}`),
      ...extra.map(object => `in the cluster only: ${nameOf(object)}`),
      ...images.map(({ at }) => `not where the restored objects look for it: ${at}`),
      ...leftOut.map(({ subject, reason }) => `left out by every restore: ${subject}: ${reason}`),
    ],
  });
}

/** That an archive is whole, or an image layout of another program; what is missing in it. */
export function verifyDocument(run: RunFacts, result: VerifyResult | LayoutResult): ReportDocument {
  if ('holds' in result) {
    const facts = layoutFacts(result);
    return documentOf(run, { ...NOTHING, verdict: layoutVerdict(result), facts });
  }
  const missing = result.missing.map(({ reference, usedBy }) => ({
    kind: 'image-missing' as const,
    subject: reference,
    reason: 'a resource names it, and it is not inside',
    usedBy,
  }));
  return documentOf(run, {
    ...NOTHING,
    verdict: verifyVerdict(result),
    facts: verifyFacts(result),
    notes: driftNotes(result.drift),
    losses: [...missing, ...result.losses],
  });
}

function counted(
  numbers: readonly (readonly [kind: string, word: string, number: number])[],
): ReportDocument['objects'] {
  const objects: Record<string, Record<string, number>> = {};
  for (const [kind, word, number] of numbers) {
    const words = objects[kind] ?? {};
    objects[kind] = words;
    words[word] = (words[word] ?? 0) + number;
  }
  return objects;
}
