/** Text that is HTML already. Only {@link html} makes it, so nothing foreign becomes markup. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Fragment = string | number | Markup | undefined | readonly Fragment[];

/** HTML or SVG; whatever is put in is escaped, unless it is markup itself. Lists are joined, undefined is nothing. */
export function html(literals: TemplateStringsArray, ...fragments: Fragment[]): Markup {
  return new Markup(literals.map((literal, index) => literal + show(fragments[index])).join(''));
}

function show(fragment: Fragment): string {
  if (fragment === undefined) return '';
  if (fragment instanceof Markup) return fragment.text;
  if (typeof fragment === 'number')
    return String(Number.isInteger(fragment) ? fragment : fragment.toFixed(2));
  return typeof fragment === 'string' ? escaped(fragment) : fragment.map(show).join('');
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => ENTITIES[character] ?? '');
}
