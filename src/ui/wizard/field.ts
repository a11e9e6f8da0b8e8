import type { Editor } from './editor.ts';
import { type Span, tail } from './lines.ts';

/** The cursor behind the last character; seen without any look too. */
const END = '█';

/** A line that is being typed, with its cursor; a secret one shows a dot for each character. */
export function field(
  { text, cursor }: Editor,
  columns: number,
  options: { readonly isSecret?: boolean; readonly isActive?: boolean } = {},
): Span[] {
  const shown = options.isSecret ? text.map(() => '•') : [...text];
  if (options.isActive === false) return [{ text: tail(shown, columns).join('') }];
  const before = tail(shown.slice(0, cursor), columns - 1);
  const room = columns - before.join('').length - 1;
  return [
    { text: before.join('') },
    { text: shown[cursor] ?? END, look: 'marked' },
    { text: shown.slice(cursor + 1, cursor + 1 + Math.max(0, room)).join('') },
  ];
}
