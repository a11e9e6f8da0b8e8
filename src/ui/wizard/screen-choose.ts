import { count, plural, size, some } from '../../progress/format.ts';
import { type Node, type Tick, ticksOf } from './choice.ts';
import { EMPTY, type Line, line, paragraph, scrolled, span, twoSides, windowOf } from './lines.ts';
import type { ChooseState } from './step-choose.ts';
import type { Area } from './wizard.ts';

const BOXES: Record<Tick, string> = { all: '[x]', some: '[-]', none: '[ ]' };
/** Things that stay out, and kinds that come along, that are named under the tree. */
const NAMED = 2;
const KINDS_NAMED = 4;
/** With fewer, the tree itself needs them. */
const ROWS_FOR_SHARED = 12;

/** The tree, and under it what the choice comes to. Only the rows in sight are drawn, however many there are. */
export function chooseScreen(
  { choose, scroll }: { readonly choose: ChooseState | undefined; readonly scroll: number },
  area: Area,
): Line[] {
  if (choose === undefined) return [];
  if (choose.isExplaining) return scrolled(explained(choose, area.columns), scroll, area.rows);
  const shared = area.rows < ROWS_FOR_SHARED || choose.filter !== '' ? [] : sharedLines(choose, area.columns);
  const below = [...shared, EMPTY, ...summary(choose, area.columns)];
  const above = choose.filter === '' ? [] : [filterLine(choose)];
  const height = Math.max(3, area.rows - above.length - below.length);
  const tick = ticksOf(choose.choice);
  const { items, first } = windowOf(choose.rows, choose.cursor, height);
  const rows = items.map((node, index) =>
    treeLine(node, tick(node), choose, first + index === choose.cursor, area.columns),
  );
  return [...above, ...rows, ...below];
}

/** The marked line in words, where it is, and what the choice comes to. */
export function chooseSpoken({ choose, scroll }: Parameters<typeof chooseScreen>[0], area: Area): Line[] {
  if (choose === undefined) return [];
  if (choose.isExplaining) return scrolled(explained(choose, area.columns), scroll, area.rows);
  const { rows, cursor, filter, root } = choose;
  const node = rows[cursor];
  const filtered = filter === '' ? [] : [line(`filter ${filter}, ${plural(rows.length, 'line')}`)];
  if (node === undefined) return filtered;
  const tick = { all: 'taken', some: 'taken in part', none: 'left out' }[ticksOf(choose.choice)(node)];
  const fold = node.children.length === 0 ? '' : choose.open.has(node) ? ', unfolded' : ', folded';
  const figures = figuresOf(node, area.columns, root.bytes > 0);
  const place = `line ${count(cursor + 1)} of ${count(rows.length)}`;
  return [
    ...filtered,
    line(`${nameOf(node)}, ${tick}${fold}, ${figures}, ${place}`),
    ...summary(choose, area.columns),
  ];
}

/** `org retail` */
function nameOf({ kind, name }: Node): string {
  return kind === 'everything' || kind === 'installation' ? name : `${kind} ${name}`;
}

function filterLine({ filter, rows }: ChooseState): Line {
  const found = rows.length === 0 ? 'nothing is called that' : plural(rows.length, 'line');
  return line(span('filter ', 'bold'), filter, span(' ', 'marked'), span(`  ${found}`, 'dim'));
}

function treeLine(node: Node, tick: Tick, choose: ChooseState, isMarked: boolean, columns: number): Line {
  const isOpen = choose.filter !== '' || choose.open.has(node);
  const arrow = node.children.length === 0 ? ' ' : isOpen ? '▾' : '▸';
  const kind = node.kind === 'everything' || node.kind === 'installation' ? '' : ` ${node.kind}`;
  const figures = figuresOf(node, columns, choose.root.bytes > 0);
  const name = `${isMarked ? '›' : ' '}${'  '.repeat(node.depth)}${arrow} ${BOXES[tick]} ${node.name}`;
  const left = columns < 60 ? name : name + kind;
  const text = twoSides(left, figures, columns);
  if (isMarked) return line(span(text, 'marked'));
  if (!text.startsWith(left)) return line(text);
  // Names are what is looked for: all else stands back.
  const strong = node.kind === 'org' ? span(name, 'bold') : name;
  return line(strong, span(text.slice(name.length), 'dim'));
}

/** Before an export there are no sizes yet; on a narrow screen there is room for one figure. */
function figuresOf({ objects, bytes, sharedBytes }: Node, columns: number, hasSizes: boolean): string {
  if (!hasSizes) return plural(objects, 'object');
  if (columns < 60) return size(bytes);
  const shared = sharedBytes > 0 && columns >= 70 ? `, ${size(sharedBytes)} shared` : '';
  return `${plural(objects, 'object')}, ${size(bytes)}${shared}`;
}

/** Why the branches add up to less than everything. */
function sharedLines({ foundation: { shared } }: ChooseState, columns: number): Line[] {
  if (shared === 0) return [];
  const text = `and ${plural(shared, 'object')} in no branch: they come with what names them`;
  return paragraph(text, columns, 'dim', '     ');
}

/** Says first what the choice is, then what it brings and what it leaves out. */
function summary({ effect, choice }: ChooseState, columns: number): Line[] {
  if (choice.size === 0) return [line(span('nothing is chosen: Space takes what is marked', 'warn'))];
  const { objects, images, bytes, brought, leftOut } = effect;
  const lines = paragraph(
    `chosen: ${plural(objects, 'object')}${images === 0 ? '' : `, ${plural(images, 'image')}, ${size(bytes)}`}`,
    columns,
    'bold',
  );
  if (brought.length > 0) lines.push(...paragraph(`comes along: ${byKind(brought)}`, columns).slice(0, 2));
  if (leftOut.length > 0) {
    const subjects = leftOut.map(({ subject }) => subject);
    lines.push(...paragraph(`! named, and left out: ${some(subjects, NAMED)}`, columns, 'warn').slice(0, 2));
  }
  return lines;
}

/** `3 CFServiceInstance, 2 CFDomain and 14 others`: what people look for first, roles and Secrets last. */
function byKind(brought: readonly string[]): string {
  const kinds = Map.groupBy(brought, name => name.split(' ')[0] ?? '');
  const [cf, others] = [true, false].map(isCf =>
    [...kinds].filter(([kind]) => kind.startsWith('CF') === isCf),
  );
  return some(
    [...(cf ?? []), ...(others ?? [])].map(([kind, names]) => `${count(names.length)} ${kind}`),
    KINDS_NAMED,
  );
}

function explained({ effect }: ChooseState, columns: number): Line[] {
  const { brought, leftOut } = effect;
  return [
    line(span(`comes along with what is chosen (${count(brought.length)})`, 'bold')),
    ...brought.flatMap(name => paragraph(name, columns, undefined, '  ')),
    EMPTY,
    line(span(`is named by it, and left out (${count(leftOut.length)})`, 'bold')),
    ...leftOut.flatMap(({ subject, usedBy }) => [
      ...paragraph(`! ${subject}`, columns, 'warn', '  '),
      ...paragraph(`named by ${usedBy.join(', ')}`, columns, 'dim', '    '),
    ]),
  ];
}
