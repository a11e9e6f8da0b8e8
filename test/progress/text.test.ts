import { describe, expect, it } from 'vitest';
import { columnsOf, hanging, table, wrapWords } from '../../src/progress/text.ts';

describe('columns of a text', () => {
  it.each([
    ['checkout', 8],
    ['größe', 5],
    ['gro\u0308\u00dfe', 5],
    ['注文サービス', 12],
    ['한국', 4],
    ['🚀', 2],
    ['👩‍👩‍👧', 2],
    ['❤️', 2],
    ['✓ – …', 5],
  ])('%s: %d', (text, columns) => expect(columnsOf(text)).toBe(columns));
});

describe('a table', () => {
  it('aligns its columns, wide characters included, and leaves nothing at the ends of lines', () => {
    const rows = [
      ['shop', '注文', '3'],
      ['a-long-organisation', 'x', ''],
    ];
    expect(table(rows, ['org', 'space', 'apps'])).toBe(
      [
        'ORG                   SPACE   APPS',
        'shop                  注文    3',
        'a-long-organisation   x',
        '',
      ].join('\n'),
    );
  });

  it('lets no cell break its line', () => {
    expect(table([['a\nb\u001b[2J']], ['name'])).toBe('NAME\na b\n');
  });
});

describe('wrapping', () => {
  it('breaks at spaces and leaves long words whole', () => {
    expect(wrapWords('to be or not', 5)).toEqual(['to be', 'or', 'not']);
    expect(wrapWords('a registry.example.com/x b', 8)).toEqual(['a', 'registry.example.com/x', 'b']);
  });

  it('hangs a paragraph below its lead', () => {
    expect(hanging('kind   ', 'one two three', 14)).toBe('kind   one two\n       three');
  });
});
