import type { ObjectOutcome } from '../events.ts';
import { count, duration, size } from '../format.ts';
import { PHASE_LABELS } from '../phases.ts';
import { OUTCOME_WORDS } from '../totals.ts';
import type { ReportDocument, Share } from './document.ts';

/** Rows of a table about who needs which bytes; JSON has them all. */
const SHARES_TOLD = 300;
/** How deep a name stands below the whole. */
const INDENT = '\u2003';

/** A table of a report, the same in every form that people read. */
export interface Table {
  readonly title: string;
  /** What the reader must know to read it. */
  readonly note?: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns of numbers, which stand on the right. */
  readonly numbers: readonly number[];
}

/** Tables that have rows, in the order in which they are read. */
export function tablesOf(document: ReportDocument): {
  readonly times: readonly Table[];
  readonly bytes: readonly Table[];
  readonly rest: readonly Table[];
} {
  const full = (tables: readonly Table[]) => tables.filter(({ rows }) => rows.length > 0);
  return {
    times: full([phases(document), waves(document), planned(document), waits(document), retries(document)]),
    bytes: full([shares(document)]),
    rest: full([objects(document), maps(document), differs(document)]),
  };
}

function phases({ record }: ReportDocument): Table {
  return {
    title: 'Phases',
    columns: ['phase', 'began after', 'took', 'what happened'],
    rows: record.phases.map(({ phase, from, seconds, what }) => [
      ...[PHASE_LABELS[phase], duration(from), duration(seconds), what],
    ]),
    numbers: [1, 2],
  };
}

function waves({ record }: ReportDocument): Table {
  return {
    title: 'Waves',
    columns: ['wave', 'kinds', 'objects', 'began after', 'took', 'what happened'],
    rows: record.waves.map(({ wave, kinds, objects, from, seconds, outcomes }) => [
      ...[String(wave), kinds.join(', '), count(objects), duration(from), duration(seconds)],
      outcomesText(outcomes),
    ]),
    numbers: [0, 2, 3, 4],
  };
}

/** What a dry run, or a run that ended early, would have done. */
function planned({ planned, record }: ReportDocument): Table {
  return {
    title: 'Waves that were not begun',
    columns: ['wave', 'kinds', 'objects'],
    rows: planned
      .map(({ kinds, objects }, index) => [String(index + 1), kinds.join(', '), count(objects)])
      .slice(record.waves.length),
    numbers: [0, 2],
  };
}

function waits({ record }: ReportDocument): Table {
  const told = record.waves.reduce((sum, { waits }) => sum + waits.length, 0);
  const all = record.waves.reduce((sum, { waited }) => sum + waited, 0);
  return {
    title: 'What was waited for',
    ...(all > told && {
      note: `The longest of each wave; ${count(all - told)} shorter ones are not listed.`,
    }),
    columns: ['wave', 'object', 'condition', 'waited', 'its controller said last'],
    rows: record.waves.flatMap(({ wave, waits }) =>
      waits.map(({ subject, for: condition, seconds, message }) => [
        ...[String(wave), subject, condition, duration(seconds), message],
      ]),
    ),
    numbers: [0, 3],
  };
}

function retries({ record }: ReportDocument): Table {
  return {
    title: 'What was tried again',
    columns: ['what', 'why', 'times'],
    rows: record.retried.map(({ subject, reason, times }) => [subject, reason, count(times)]),
    numbers: [2],
  };
}

function shares({ images }: ReportDocument): Table {
  const all = images === undefined ? [] : rowsOf(images, 0);
  const told = all.slice(0, SHARES_TOLD);
  const left = all.length - told.length;
  return {
    title: 'Image bytes',
    note: `Every layer is counted once, in the whole that all its users are in. "Shared" is what several parts of it need; "alone" is what it would take by itself.${left > 0 ? ` ${count(left)} further parts are in the JSON form of this report.` : ''}`,
    columns: ['who', 'what', 'counted', 'of it shared', 'alone'],
    rows: told,
    numbers: [2, 3, 4],
  };
}

function rowsOf(share: Share, depth: number): string[][] {
  const { name, sort, total, own, needs, parts } = share;
  const shared = parts.length === 0 ? '' : size(own);
  const row = [INDENT.repeat(depth) + name, sort, size(total), shared, size(needs)];
  return [row, ...parts.flatMap(part => rowsOf(part, depth + 1))];
}

function objects({ objects }: ReportDocument): Table {
  const outcomes = [...new Set(Object.values(objects).flatMap(counts => Object.keys(counts)))];
  return {
    title: 'Objects',
    columns: ['kind', ...outcomes],
    rows: Object.keys(objects)
      .sort()
      .map(kind => [kind, ...outcomes.map(outcome => numberOf(objects[kind]?.[outcome]))]),
    numbers: outcomes.map((_, index) => index + 1),
  };
}

function maps({ maps }: ReportDocument): Table {
  return {
    title: 'Maps used',
    columns: ['what', 'in the backup', 'in the target'],
    rows: maps.map(({ what, from, to }) => [what, from, to]),
    numbers: [],
  };
}

function differs({ command, differs }: ReportDocument): Table {
  return {
    title: command === 'diff' ? 'Different' : 'Left as they are in the cluster',
    columns: ['object', 'what differs'],
    rows: differs.map(({ subject, paths }) => [subject, paths.join(', ')]),
    numbers: [],
  };
}

function outcomesText(outcomes: Partial<Record<ObjectOutcome, number>>): string {
  return (Object.keys(OUTCOME_WORDS) as ObjectOutcome[])
    .filter(outcome => (outcomes[outcome] ?? 0) > 0)
    .map(outcome => `${count(outcomes[outcome] ?? 0)} ${OUTCOME_WORDS[outcome]}`)
    .join(', ');
}

function numberOf(number: number | undefined): string {
  return number === undefined ? '' : count(number);
}
