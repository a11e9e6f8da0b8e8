import { count, duration, plural } from './format.ts';
import { type Fact, facts, fieldText, page, section, verdict } from './report-parts.ts';
import type { DiffResult, NamedObject } from './results/foundation.ts';

/** Whether a restore would have nothing to do, and the cluster has nothing of its own. */
export function isSame({ missing, extra, different, images }: DiffResult): boolean {
  return [missing, extra, different, images].every(({ length }) => length === 0);
}

/**
 * What archive and cluster have differently, wide with values as long as they are; a verdict alone where that is
 * nothing.
 */
export function diffReport(result: DiffResult, wide = false): string {
  const { missing, extra, different, images, leftOut } = result;
  if (isSame(result) && leftOut.length === 0) return page(verdict(diffVerdict(result)));
  const told = different.map(
    ({ fields, ...object }): Fact => [nameOf(object), fields.map(field => fieldText(field, wide)).join('; ')],
  );
  return page(
    facts(diffFacts(result)),
    section('in the archive only:', lines(missing.map(nameOf))),
    section('in the cluster only:', lines(extra.map(nameOf))),
    section('different:', told.length === 0 ? [] : [facts(told, '  ')]),
    section(
      'images that are not where the restored objects look for them:',
      lines(images.map(({ at }) => at)),
    ),
    section(
      'left out by every restore:',
      leftOut.length === 0
        ? []
        : [
            facts(
              leftOut.map(({ subject, reason }): Fact => [subject, reason]),
              '  ',
            ),
          ],
    ),
    verdict(diffVerdict(result)),
  );
}

/** The objects that are missing, extra or different: `Kind namespace/name`. */
export function differingNames({ missing, extra, different }: DiffResult): string[] {
  return [...missing, ...extra, ...different].map(({ subject }) => subject);
}

export function nameOf({ subject, name }: NamedObject): string {
  return name === undefined ? subject : `${subject} (${name})`;
}

function lines(subjects: readonly string[]): string[] {
  return subjects.map(subject => `  ${subject}`);
}

export function diffFacts({ context, seconds }: DiffResult): Fact[] {
  return [
    ['context', context],
    ['time', duration(seconds)],
  ];
}

export function diffVerdict(result: DiffResult): string {
  const { context, missing, extra, different, images, same } = result;
  if (isSame(result)) return `${context} is as the archive says: ${plural(same, 'object')} the same`;
  const parts = [
    missing.length > 0 ? `${count(missing.length)} missing` : '',
    extra.length > 0 ? `${count(extra.length)} extra` : '',
    different.length > 0 ? `${count(different.length)} different` : '',
    images.length > 0 ? `${plural(images.length, 'image')} missing` : '',
  ];
  return `${context} is not as the archive says: ${parts.filter(part => part !== '').join(', ')}`;
}
