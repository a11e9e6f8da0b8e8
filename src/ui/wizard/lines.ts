import { columnsOf, foldTo, padTo } from '../../progress/text.ts';

/** A stretch of text in one look. Meaning never hangs on the look alone. */
export interface Span {
  readonly text: string;
  readonly look?: 'bold' | 'dim' | 'good' | 'bad' | 'warn' | 'marked';
}

/** One line of a screen. */
export type Line = readonly Span[];

export function line(...spans: readonly (string | Span)[]): Line {
  return spans.map(span => (typeof span === 'string' ? { text: span } : span));
}

export function span(text: string, look: NonNullable<Span['look']>): Span {
  return { text, look };
}

export const EMPTY: Line = [];

/** Text in as many lines as it takes, in one look, under each other. */
export function paragraph(text: string, columns: number, look?: Span['look'], indent = ''): Line[] {
  return foldTo(text, Math.max(10, columns - columnsOf(indent))).map(words => [
    { text: indent + words, ...(look && { look }) },
  ]);
}

const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The beginning of a text that fits, with an ellipsis for what does not. */
export function cut(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let kept = '';
  for (const { segment } of GRAPHEMES.segment(text)) {
    if (columnsOf(kept + segment) > columns - 1) break;
    kept += segment;
  }
  return columns < 1 ? '' : `${kept}…`;
}

/** A name at the left and figures at the right; the name gives way. */
export function twoSides(left: string, right: string, columns: number): string {
  const room = columns - columnsOf(right) - (right === '' ? 0 : 1);
  return padTo(cut(left, room), room) + (right === '' ? '' : ` ${right}`);
}

/** The end of a text that fits, for what is being typed. */
export function tail(characters: readonly string[], columns: number): string[] {
  const kept: string[] = [];
  let left = columns;
  for (const character of characters.toReversed()) {
    left -= columnsOf(character);
    if (left < 0) break;
    kept.unshift(character);
  }
  return kept;
}

/** So much of a list as fits, with the cursor's row in sight and what lies beyond counted. */
export function windowOf<T>(
  items: readonly T[],
  cursor: number,
  height: number,
): { readonly items: readonly T[]; readonly first: number } {
  const first = Math.max(0, Math.min(cursor - Math.floor(height / 2), items.length - height));
  return { items: items.slice(first, first + height), first };
}

/** A page of lines from where it is scrolled to, never beyond its end. */
export function scrolled(lines: readonly Line[], scroll: number, height: number): Line[] {
  const first = Math.max(0, Math.min(scroll, lines.length - height));
  const shown = lines.slice(first, first + height);
  const below = lines.length - first - shown.length;
  if (below <= 0 && first === 0) return shown;
  const note = [first > 0 ? `${first} above` : '', below > 0 ? `${below + 1} below` : ''].filter(
    part => part,
  );
  return [...shown.slice(0, height - 1), line(span(`… ${note.join(', ')}: ↑ ↓`, 'dim'))];
}

/** So many blocks of lines as fit, with the marked one in sight. */
export function around(blocks: readonly (readonly Line[])[], marked: number, height: number): Line[] {
  const before = blocks.slice(0, marked).reduce((sum, { length }) => sum + length, 0);
  const room = height - 1 - (blocks[marked]?.length ?? 0);
  return scrolled(blocks.flat(), before - Math.max(0, Math.floor(room / 2)), height);
}

/** Names in one column, texts in the next, wrapped there. */
export function factLines(facts: readonly (readonly [string, string])[], columns: number): Line[] {
  const width = Math.min(14, Math.max(...facts.map(([name]) => name.length))) + 2;
  return facts.flatMap(([name, text]) =>
    foldTo(text, Math.max(10, columns - width)).map((words, index) =>
      line(span(padTo(index === 0 ? name : '', width), 'dim'), words),
    ),
  );
}
