import type { Loss } from '../base/losses.ts';
import { count, oneLine, some } from './format.ts';
import type { FieldDifference, SelectionResult } from './results/parts.ts';
import { columnsOf, hanging, padTo, widthOfTerminal } from './text.ts';

/** Columns of a report: it is read in a mail, a ticket, or on a terminal that may be narrower. */
const width = () => Math.min(widthOfTerminal(process.stdout), 80);
/** Between a fact's name and the fact. */
const GAP = '   ';
/** Keeps a number and its kind in one line; a plain space again before anybody sees it. */
const TIE = '\u00a0';
const USERS_NAMED = 5;
const DRIFT_TOLD = 10;
/** Letters of a field's value. */
const VALUE = 60;
/** Share of the width that a name has beside what is said of it; a longer one stands alone. */
const NAME = 0.4;

/** A name and what is said about it. */
export type Fact = readonly [name: string, text: string];

/**
 * Names in one column, what is said in the next, wrapped there. Facts without text are left out. A long name has a line
 * of its own.
 */
export function facts(pairs: readonly Fact[], indent = ''): string {
  const said = pairs.filter(([, text]) => text !== '');
  const longest = NAME * width();
  const widest = Math.max(0, ...said.map(([name]) => columnsOf(name)).filter(columns => columns <= longest));
  return said
    .map(([name, text]) => {
      const isLong = columnsOf(name) > longest;
      const lead = indent + (isLong ? '  ' : padTo(oneLine(name), widest) + GAP);
      return `${isLong ? `${indent}${oneLine(name)}\n` : ''}${hanging(lead, oneLine(text), width())}`;
    })
    .join('\n');
}

/** `12 CFApp, 24 CFProcess`, by name. */
export function kindCounts(counts: Readonly<Record<string, number>>): string {
  return Object.keys(counts)
    .sort()
    .map(kind => `${count(counts[kind] ?? 0)}${TIE}${kind}`)
    .join(', ');
}

export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, number) => total + number, 0);
}

/** Every loss by name, with its reason and who misses it. */
export function lossSection(losses: readonly Loss[], heading = 'lost:'): string {
  const lines = losses.map(({ subject, reason, usedBy = [] }) => {
    const users = usedBy.length === 0 ? [] : [`used by ${some(usedBy, USERS_NAMED)}`];
    return [
      `  ! ${oneLine(subject)}`,
      ...[reason, ...users].map(text => hanging('    ', oneLine(text), width())),
    ].join('\n');
  });
  return section(heading, lines);
}

/** They are in the archive as they were when they were listed. */
export function driftNotes(drift: readonly string[] = []): string[] {
  return drift.length === 0 ? [] : [`changed while the backup was made: ${some(drift, DRIFT_TOLD)}`];
}

export function noteSection(notes: readonly string[]): string {
  return section(
    'notes:',
    notes.map(note => hanging('  · ', oneLine(note), width())),
  );
}

/** What was chosen, as a fact, and what that leaves out although something chosen names it. */
export function selectionFact(selection: SelectionResult | undefined): Fact {
  return ['chosen', selection?.flags ?? ''];
}

export function leftOutSection(selection: SelectionResult | undefined): string {
  const lines = (selection?.leftOut ?? []).map(
    ({ subject, usedBy }): Fact => [subject, `named by ${some(usedBy, USERS_NAMED)}`],
  );
  return section(
    'not chosen, although something chosen names it:',
    lines.length === 0 ? [] : [facts(lines, '  ')],
  );
}

/** `spec.host: "a" in the archive, "b" in the cluster` */
export function fieldText({ path, archive, cluster }: FieldDifference, whole = false): string {
  const told = [archive, cluster].map(value => valueText(value, whole));
  return `${path}: ${told[0]} in the archive, ${told[1]} in the cluster`;
}

function valueText(value: unknown, whole: boolean): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return whole || text.length <= VALUE ? text : `${text.slice(0, VALUE)}…`;
}

/** A heading with lines under it, or nothing when there are none. */
export function section(heading: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [heading, ...lines].join('\n');
}

/** The sections that say something, apart from each other. Ends with a line feed. */
export function page(...sections: string[]): string {
  return `${sections.filter(text => text !== '').join('\n\n')}\n`.replaceAll(TIE, ' ');
}

/** The last line of a report, wrapped. */
export function verdict(text: string): string {
  return hanging('', text, width());
}

export function factLines(pairs: readonly Fact[]): string[] {
  return pairs.length === 0 ? [] : [facts(pairs, '  ')];
}

/** `standard output` for `-`. */
export function showFile(file: string): string {
  return file === '-' ? 'standard output' : file;
}

/** `standard input` for `-`: what was read. */
export function showInput(file: string): string {
  return file === '-' ? 'standard input' : file;
}
