import { oneLine } from './format.ts';

/** What takes one column without further looking: ASCII, Latin letters, dashes and quotes. */
const NARROW = /^[\x20-\x7e\xa0-\xac\xae-\u024f\u2010-\u2027\u2030-\u205e]*$/;
const WIDE =
  /\p{Emoji_Presentation}|\p{Emoji}\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\u3247\u3250-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
const NO_WIDTH = /^[\p{Mark}\p{Cf}\p{Cc}]+$/u;

/** Terminal columns that a text takes: two for a wide character or an emoji, none for a mark on the one before. */
export function columnsOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of graphemesOf(text)) {
    if (!NO_WIDTH.test(segment)) columns += WIDE.test(segment) ? 2 : 1;
  }
  return columns;
}

/** The width of a terminal; 80 columns of one that does not tell, as a serial line or one that a script has opened. */
export function widthOfTerminal({ columns }: { readonly columns?: number }): number {
  return columns || 80;
}

let segmenter: Intl.Segmenter | undefined;

/** Making one loads what the system knows of languages, which plain text does without. */
function graphemesOf(text: string): Iterable<{ segment: string }> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/** The text with spaces after it up to a number of columns. */
export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

/** A text of at most so many columns: of a longer one the middle gives way, since names differ at their ends. */
export function cutMiddle(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  const characters = [...graphemesOf(text)].map(({ segment }) => segment);
  const half = Math.max(0, columns - 1) / 2;
  const before = firstOf(characters, Math.ceil(half));
  const after = firstOf(characters.toReversed(), Math.floor(half)).toReversed();
  return `${before.join('')}…${after.join('')}`;
}

function firstOf(characters: readonly string[], columns: number): string[] {
  const kept: string[] = [];
  let left = columns;
  for (const character of characters) {
    left -= columnsOf(character);
    if (left < 0) break;
    kept.push(character);
  }
  return kept;
}

/** Breaks at spaces into lines of at most so many columns; a word that is longer stands alone and whole. */
export function wrapWords(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || columnsOf(longer) <= columns) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/** Breaks into lines of at most so many columns, at spaces where it can and within words where it must. */
export function foldTo(text: string, columns: number): string[] {
  return wrapWords(text, columns).flatMap(line => {
    const pieces = [''];
    for (const { segment } of columnsOf(line) <= columns ? [] : graphemesOf(line)) {
      const longer = `${pieces.at(-1)}${segment}`;
      if (columnsOf(longer) <= columns) pieces[pieces.length - 1] = longer;
      else pieces.push(segment);
    }
    return pieces.length === 1 ? [line] : pieces;
  });
}

/** The same with all lines but the first set in by so many columns. */
export function foldHanging(text: string, columns: number, indent: number): string[] {
  return foldTo(text, columns - indent).map((line, nth) => (nth === 0 ? line : ' '.repeat(indent) + line));
}

/** A paragraph whose first line begins with the lead and whose others stand below the text after it. */
export function hanging(lead: string, text: string, columns: number): string {
  const indent = columnsOf(lead);
  return lead + wrapWords(text, columns - indent).join(`\n${' '.repeat(indent)}`);
}

const GAP = '   ';

/**
 * A table as kubectl prints it: headers in capitals, columns aligned, three spaces between them, nothing cut off
 * and no spaces at the ends of lines. Ends with a line feed.
 */
export function table(rows: readonly (readonly string[])[], headers: readonly string[]): string {
  const lines = [headers.map(header => header.toUpperCase()), ...rows.map(row => row.map(oneLine))];
  const widths = headers.map((_, column) => Math.max(...lines.map(line => columnsOf(line[column] ?? ''))));
  return lines
    .map(
      line =>
        `${line
          .map((cell, column) => padTo(cell, widths[column] ?? 0))
          .join(GAP)
          .trimEnd()}\n`,
    )
    .join('');
}
