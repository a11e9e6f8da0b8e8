import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fenced block: ```` ```sh run ```` has the language `sh` and the note `run`. */
export interface Fence {
  readonly language: string;
  readonly note: string;
  readonly text: string;
}

export interface Page {
  readonly path: string;
  readonly text: string;
  readonly fences: readonly Fence[];
}

/** The documentation: every Markdown file at the top and under docs/. */
export function documentation(): Page[] {
  const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' }).map(file => join('docs', file));
  const paths = [...readdirSync('.'), ...docs].filter(path => path.endsWith('.md')).sort();
  return paths.map(path => {
    const text = readFileSync(path, 'utf8');
    return { path, text, fences: fencesIn(text) };
  });
}

function fencesIn(text: string): Fence[] {
  const matches = text.matchAll(/^( *)```(\w*) ?(.*)\n([\s\S]*?)^\1```$/gm);
  return [...matches].map(([, indent = '', language = '', note = '', body = '']) => ({
    language,
    note,
    text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

/** The text between the fences. */
export function proseOf({ text }: Page): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '');
}

/** Under which names its headings can be linked to, as the forge makes them. */
export function anchorsOf(page: Page): string[] {
  return [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-'),
  );
}
