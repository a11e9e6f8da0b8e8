import { baseFacts, checkedBaseFacts, isUnchecked } from './base-facts.ts';
import type { ObjectOutcome } from './events.ts';
import { age, count, duration, plural, rate, size, some } from './format.ts';
import {
  driftNotes,
  type Fact,
  factLines,
  facts,
  fieldText,
  kindCounts,
  leftOutSection,
  lossSection,
  noteSection,
  page,
  section,
  selectionFact,
  showFile,
  sum,
  verdict,
} from './report-parts.ts';
import type {
  ExportResult,
  InspectResult,
  JoinResult,
  RepairResult,
  RestoreResult,
  RewriteResult,
  SplitResult,
  VerifyResult,
} from './results.ts';
import { OUTCOME_WORDS } from './totals.ts';

const SECRETS = {
  age: 'encrypted with age',
  plaintext: 'NOT encrypted: whoever has the file can read them',
  redacted: 'taken out: a copy to show to others, which is never restored',
};

/** Said only when what was written has been synced, and its folder. */
const ON_MEDIUM = 'all is on the medium, which is safe to remove';

const READ_BACK = {
  medium: 'from the medium itself, every byte is as it was written',
  cache: 'every byte is as it was written, but perhaps from memory: the file system has no direct reads',
};

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

/** The end of a split. */
export function splitReport({ file, bytes, parts, seconds }: SplitResult): string {
  return page(
    facts([
      ['file', `${file}, ${size(bytes)}`],
      ...parts.map((part, at): Fact => [`part ${at + 1}`, part]),
      ['medium', ON_MEDIUM],
      ['time', duration(seconds)],
    ]),
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

/** The end of a rekeying or a redaction. */
export function rewriteReport(result: RewriteResult, done: string): string {
  const file = showFile(result.file);
  return page(
    facts([
      ['file', `${file}, ${size(result.bytes)}`],
      ['secrets', SECRETS[result.secrets]],
      ['signed', result.unsigned ? 'no longer: the signature was of the archive as it was' : ''],
      ['time', duration(result.seconds)],
    ]),
    lossSection(result.losses),
    verdict(`${done}, to ${file}`),
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
    ['secrets', SECRETS[result.secrets]],
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
  const { dryRun, waves, differs, losses } = result;
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
    noteSection([...result.notes, ...driftNotes(result.drift)]),
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
  const { bytes, images, missing, losses } = result;
  const file = showFile(result.file);
  return page(
    facts([
      ['file', `${file}, ${size(bytes)}`],
      ['created', result.createdAt],
      ['checked', `${plural(result.entries, 'entry', 'entries')}, ${plural(result.objects, 'object')}`],
      ['signed', signedText(result.signature)],
      ['images', `${count(images.count)} in ${plural(images.layers, 'layer')}`],
      ...checkedBaseFacts(result.base),
      ['time', duration(result.seconds)],
    ]),
    section(
      'named by a resource and not inside:',
      factLines(missing.map(({ reference, usedBy }) => [reference, usedBy.join(', ')])),
    ),
    noteSection(driftNotes(result.drift)),
    lossSection(losses),
    verdict(verifyVerdict(result, file)),
  );
}

function verifyVerdict({ missing, base, losses }: VerifyResult, file: string): string {
  if (missing.length > 0) return `${file} is incomplete: ${plural(missing.length, 'image')} missing`;
  const reported = losses.length === 0 ? '' : `${but(losses.length)} that its export reported`;
  if (isUnchecked(base))
    return `${file} is intact as far as it goes${reported}: its base was not given, and is not checked`;
  return `${file} is intact${reported === '' ? but(0) : reported}`;
}

/** What is in an archive. */
/** What an archive holds; wide with who uses each image. */
export function inspectReport(result: InspectResult, now: Date, wide = false): string {
  const { source, images, losses } = result;
  const file = showFile(result.file);
  const versions = {
    Kubernetes: source.kubernetes,
    Korifi: source.korifi,
    'root namespace': source.rootNamespace,
  };
  return page(
    facts([
      ['file', `${file}, ${size(result.bytes)}`],
      ['created', `${result.createdAt}, ${age(new Date(result.createdAt), now)}`],
      ['made by', `${result.tool}, format ${result.formatVersion}`],
      [
        'source',
        Object.entries(versions)
          .filter(([, value]) => value !== undefined)
          .map(pair => pair.join(' '))
          .join(', '),
      ],
      ['registry', source.registryPrefix ?? ''],
      selectionFact(result.selection),
      ['objects', objectsText(result.objects)],
      ['images', `${count(images.length)}, ${size(result.layerBytes)} of layers`],
      ...baseFacts(result.base),
      ['attached', attachedText(result.attached.count)],
      ['secrets', SECRETS[result.secrets]],
      ['signed', signedText(result.signature)],
      [
        'absent',
        result.absentKinds.length === 0 ? '' : `${result.absentKinds.join(', ')} (not served by the source)`,
      ],
    ]),
    ...result.orgs.map(({ name, spaces }) =>
      section(
        `org ${name}:`,
        factLines(spaces.map(space => [space.name, space.apps.join(', ') || 'no apps'])),
      ),
    ),
    section(
      'packages:',
      factLines(result.packages.map(({ name, version }) => [name, version ?? 'no version'])),
    ),
    leftOutSection(result.selection),
    section('images:', factLines(images.flatMap(image => imageFacts(image, wide)))),
    section(
      'left out of package repositories, since they were not installed:',
      factLines(result.packagesLeftOut.map(reference => ['', reference])),
    ),
    lossSection(losses),
    verdict(`${file} can be read${but(losses.length)}; its layers were not looked at, verify does that`),
  );
}

export function restoreVerdict({ context, dryRun, losses, differs }: RestoreResult): string {
  if (dryRun)
    return `dry run: nothing was written to ${context}${losses.length === 0 ? '' : but(losses.length)}`;
  const alone = differs.length === 0 ? '' : `; ${plural(differs.length, 'object')} left alone`;
  return `restored to ${context}${but(losses.length)}${alone}`;
}

function imageFacts({ reference, bytes, usedBy }: InspectResult['images'][number], wide: boolean): Fact[] {
  const image: Fact = [size(bytes), reference];
  return wide ? [image, ...usedBy.map((user): Fact => ['', `used by ${user}`])] : [image];
}

function attachedText(artifacts: number): string {
  return artifacts === 0 ? '' : `${plural(artifacts, 'artifact')}: signatures, attestations and the like`;
}

/** `backup.tar`, or `3 parts, backup.001.tar to backup.003.tar`. */
function inParts(file: string, parts: readonly string[]): string {
  if (parts.length === 0) return file;
  return parts.length === 1
    ? `one part, ${parts[0]}`
    : `${parts.length} parts, ${parts[0]} to ${parts.at(-1)}`;
}

export function signedText(signature: ExportResult['signature']): string {
  if (signature === undefined) return '';
  const { key, principals } = signature;
  return principals === undefined ? `with ${key}` : `by ${principals}, with ${key}`;
}

function objectsText(objects: ExportResult['objects']): string {
  return sum(objects) === 0 ? 'none' : `${count(sum(objects))}: ${kindCounts(objects)}`;
}

/** How a verdict goes on. */
function but(losses: number): string {
  return losses === 0 ? ', nothing is missing' : `, with ${plural(losses, 'loss', 'losses')}`;
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
