import { inShort } from '../base/findings.ts';
import { baseFacts, checkedBaseFacts, isUnchecked } from './base-facts.ts';
import type { ObjectOutcome } from './events.ts';
import { count, duration, plural, rate, size, some } from './format.ts';
import {
  driftNotes,
  type Fact,
  factLines,
  facts,
  fieldText,
  leftOutSection,
  lossSection,
  noteSection,
  page,
  section,
  selectionFact,
  showFile,
  showInput,
  verdict,
} from './report-parts.ts';
import {
  attachedText,
  but,
  inParts,
  ON_MEDIUM,
  objectsText,
  READ_BACK,
  secretsText,
  signedText,
} from './report-words.ts';
import type { ExportResult, VerifyResult } from './results/archive.ts';
import type { RestoreResult } from './results/restore.ts';
import { OUTCOME_WORDS } from './totals.ts';

const PATHS_NAMED = 4;

/** The end of an export: what is in the file, what is not, and whether that is all. */
export function exportReport(result: ExportResult): string {
  return page(
    facts(exportFacts(result)),
    leftOutSection(result.selection),
    noteSection([...result.notes, ...driftNotes(result.drift)]),
    lossSection(result.losses),
    verdict(exportVerdict(result)),
  );
}

export function exportFacts(result: ExportResult): Fact[] {
  const { bytes, objects, images, seconds } = result;
  return [
    ['file', `${showFile(result.file)}, ${size(bytes)}`],
    ['created', result.createdAt],
    selectionFact(result.selection),
    ['objects', objectsText(objects)],
    ['images', `${count(images.count)}, ${size(images.bytes)} in ${plural(images.layers, 'layer')}`],
    ...baseFacts(result.base),
    ['attached', attachedText(images.attached)],
    ['secrets', secretsText(result.secrets, result.objects)],
    ['signed', signedText(result.signature)],
    ['medium', result.file === '-' ? '' : ON_MEDIUM],
    ['read back', result.readBack === undefined ? '' : READ_BACK[result.readBack]],
    ['time', seconds < 1 ? duration(seconds) : `${duration(seconds)}, ${rate(bytes / seconds)}`],
  ];
}

export function exportVerdict({ file, parts, losses }: ExportResult): string {
  return `exported to ${inParts(showFile(file), parts)}${but(losses.length)}`;
}

/** The end of a restore, or of its dry run: objects by kind and outcome, what was left alone, what is missing. */
export function restoreReport(result: RestoreResult): string {
  return page(facts(restoreFacts(result)), ...restoreParts(result), verdict(restoreVerdict(result)));
}

/** What a restore did to the objects, what it left alone and what it lacks. */
export function restoreParts(result: RestoreResult): string[] {
  const { dryRun, waves, differs, losses, findings } = result;
  const found = new Set(findings.map(({ text }) => text));
  const others = result.notes.filter(note => !found.has(note));
  return [
    dryRun ? section('waves:', factLines(waves.map(waveFact))) : '',
    section(
      'objects:',
      factLines(
        Object.keys(result.objects)
          .sort()
          .map(kind => [kind, outcomes(result, kind)]),
      ),
    ),
    section('left as they are in the cluster, with what differs:', factLines(differs.map(differenceFact))),
    leftOutSection(result.selection),
    noteSection([...inShort(findings), ...others, ...driftNotes(result.drift)]),
    lossSection(losses),
  ];
}

export function restoreFacts(result: RestoreResult): Fact[] {
  const { context, selection, images, waves, journal = '', dryRun, seconds } = result;
  return [
    ['context', context],
    selectionFact(selection),
    ['images', imagesText(images)],
    ['waves', waves.length === 0 ? '' : count(waves.length)],
    ['journal', journal],
    ['time', dryRun ? '' : duration(seconds)],
  ];
}

/** The end of a verification that found no damage. */
export function verifyReport(result: VerifyResult): string {
  const { missing, losses } = result;
  return page(
    facts(verifyFacts(result)),
    section(
      'named by a resource and not inside:',
      factLines(missing.map(({ reference, usedBy }) => [reference, usedBy.join(', ')])),
    ),
    noteSection(driftNotes(result.drift)),
    lossSection(losses),
    verdict(verifyVerdict(result)),
  );
}

export function verifyFacts(result: VerifyResult): Fact[] {
  const { bytes, images } = result;
  return [
    ['file', `${showInput(result.file)}, ${size(bytes)}`],
    ['created', result.createdAt],
    ['checked', `${plural(result.entries, 'entry', 'entries')}, ${plural(result.objects, 'object')}`],
    ['signed', signedText(result.signature)],
    ['images', `${count(images.count)} in ${plural(images.layers, 'layer')}`],
    ...checkedBaseFacts(result.base),
    ['time', duration(result.seconds)],
  ];
}

export function verifyVerdict({ file: name, missing, base, losses }: VerifyResult): string {
  const file = showInput(name);
  if (missing.length > 0) return `${file} is incomplete: ${plural(missing.length, 'image')} missing`;
  const reported = losses.length === 0 ? '' : `${but(losses.length)} that it tells of`;
  if (isUnchecked(base))
    return `${file} is intact as far as it goes${reported}: its base was not given, and is not checked`;
  return `${file} is intact${reported === '' ? but(0) : reported}`;
}

export function restoreVerdict({ context, dryRun, losses, differs }: RestoreResult): string {
  if (dryRun)
    return `dry run: nothing was written to ${context}${losses.length === 0 ? '' : but(losses.length)}`;
  const alone = differs.length === 0 ? '' : `; ${plural(differs.length, 'object')} left alone`;
  return `restored to ${context}${but(losses.length)}${alone}`;
}

function imagesText({ moved, mounted, present, bytes }: RestoreResult['images']): string {
  const parts = [
    moved > 0 ? `${size(bytes)} in ${plural(moved, 'blob')} moved` : '',
    mounted > 0 ? `${plural(mounted, 'blob')} mounted` : '',
    present > 0 ? `${plural(present, 'blob')} already there` : '',
  ];
  return parts.filter(part => part !== '').join(', ');
}

function waveFact({ kinds, objects }: RestoreResult['waves'][number], index: number): Fact {
  return [String(index + 1), `${kinds.join(', ')}: ${plural(objects, 'object')}`];
}

function differenceFact({ subject, fields }: RestoreResult['differs'][number]): Fact {
  return [
    subject,
    some(
      fields.map(field => fieldText(field)),
      PATHS_NAMED,
    ),
  ];
}

function outcomes({ objects }: RestoreResult, kind: string): string {
  return (Object.keys(OUTCOME_WORDS) as ObjectOutcome[])
    .map(outcome => [objects[kind]?.[outcome] ?? 0, OUTCOME_WORDS[outcome]] as const)
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${count(number)} ${word}`)
    .join(', ');
}
