import { duration, plural, size } from './format.ts';
import { type Fact, facts, lossSection, noteSection, page, showFile, verdict } from './report-parts.ts';
import { but, inParts, ON_MEDIUM, SECRETS, signedText } from './report-words.ts';
import type { JoinResult, RepairResult, RewriteResult, SplitResult } from './results/archive.ts';

/** The end of a split. */
export function splitReport({ file, bytes, parts, notes, seconds }: SplitResult): string {
  return page(
    facts([
      ['file', `${file}, ${size(bytes)}`],
      ...parts.map((part, at): Fact => [`part ${at + 1}`, part]),
      ['medium', ON_MEDIUM],
      ['time', duration(seconds)],
    ]),
    noteSection(notes),
    verdict(`cut into ${inParts(file, parts)}`),
  );
}

/** The end of a join. */
export function joinReport({ file, bytes, seconds }: JoinResult): string {
  return page(
    facts([
      ['file', `${showFile(file)}, ${size(bytes)}`],
      ['medium', file === '-' ? '' : ON_MEDIUM],
      ['time', duration(seconds)],
    ]),
    verdict(`joined to ${showFile(file)}; every part had its digest`),
  );
}

/** The end of a repair: what could not be kept, and what was not there before. */
export function repairReport(result: RepairResult): string {
  const file = showFile(result.file);
  const { lost, losses } = result;
  return page(
    facts([
      ['file', `${file}, ${size(result.bytes)}`],
      ['signed', signedText(result.signature)],
      ['medium', result.file === '-' ? '' : ON_MEDIUM],
      ['time', duration(result.seconds)],
    ]),
    noteSection(result.notes),
    lossSection([...lost, ...losses]),
    verdict(
      lost.length === 0
        ? `repaired, to ${file}: nothing was lost by the damage`
        : `repaired, to ${file}, with ${plural(lost.length, 'loss', 'losses')} by the damage`,
    ),
  );
}

const UNSIGNED = 'no longer: the signature was of the archive as it was';

/** The end of a rekeying or a redaction. */
export function rewriteReport(result: RewriteResult, done: string): string {
  const file = showFile(result.file);
  return page(
    facts([
      ['file', `${file}, ${size(result.bytes)}`],
      ['secrets', SECRETS[result.secrets]],
      ['signed', result.unsigned ? UNSIGNED : signedText(result.signature)],
      ['medium', result.file === '-' ? '' : ON_MEDIUM],
      ['time', duration(result.seconds)],
    ]),
    lossSection(result.losses),
    verdict(
      `${done}, to ${file}${result.losses.length === 0 ? '' : `${but(result.losses.length)} that it tells of`}`,
    ),
  );
}
