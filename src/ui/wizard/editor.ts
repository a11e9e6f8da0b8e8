import type { Key } from './keys.ts';

/** No answer is longer; what more is typed or pasted is not kept. Characters. */
const LONGEST = 1024;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a pasted line may hold them.
const CONTROLS = /[\u0000-\u001f\u007f]/g;

/** A line that is being typed: its characters as people count them, and how many stand before the cursor. */
export interface Editor {
  readonly text: readonly string[];
  readonly cursor: number;
}

const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

export function editorOf(text: string): Editor {
  const characters = split(text);
  return { text: characters, cursor: characters.length };
}

export function textOf({ text }: Editor): string {
  return text.join('');
}

/** What a key makes of it; undefined when the key means nothing in a line. */
export function edit(editor: Editor, key: Key): Editor | undefined {
  const { text, cursor } = editor;
  const at = (place: number) => ({ text, cursor: Math.max(0, Math.min(text.length, place)) });
  switch (key.name) {
    case 'text': {
      const typed = split(key.text.replace(CONTROLS, '')).slice(0, LONGEST - text.length);
      return { text: text.toSpliced(cursor, 0, ...typed), cursor: cursor + typed.length };
    }
    case 'backspace':
    // What terminals send for backspace, Ink calls delete as often as not.
    case 'delete':
      return cursor === 0 ? editor : { text: text.toSpliced(cursor - 1, 1), cursor: cursor - 1 };
    case 'left':
      return at(cursor - 1);
    case 'right':
      return at(cursor + 1);
    case 'home':
      return at(0);
    case 'end':
      return at(text.length);
    case 'clear':
      return editorOf('');
    default:
      return undefined;
  }
}

function split(text: string): string[] {
  return [...GRAPHEMES.segment(text)].map(({ segment }) => segment);
}
