import { dump, EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE } from 'js-yaml';

/** A text in a YAML document, and where it stands. Keys are none. */
export interface Scalar {
  /** `app_registry.path.droplets`; of a list's items the number. */
  readonly path: string;
  /** What it says. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
  readonly style: number;
  /** Columns by which the lines of a block are indented. */
  readonly indent: number;
}

/** A collection that is open, with the place that its next item has. */
interface Open {
  readonly kind: 'map' | 'list' | 'document';
  readonly path: readonly string[];
  key: string | undefined;
  items: number;
}

/** Every scalar of a text of YAML (or JSON) with its place; undefined when it is none. */
export function scalarsOf(text: string): Scalar[] | undefined {
  try {
    return walk(text, parseEvents(text, { maxDepth: 50 }));
  } catch {
    return undefined;
  }
}

function walk(text: string, events: readonly Event[]): Scalar[] {
  const scalars: Scalar[] = [];
  const open: Open[] = [];
  for (const event of events) {
    if (event.type === EVENT_ID.POP) open.pop();
    else if (event.type === EVENT_ID.DOCUMENT) open.push(opened('document', []));
    else {
      const at = open.at(-1);
      const isKey = at?.kind === 'map' && at.key === undefined;
      const value = event.type === EVENT_ID.SCALAR ? String(getScalarValue(text, event)) : '';
      if (at !== undefined && isKey && event.type === EVENT_ID.SCALAR) at.key = value;
      else {
        const path = at === undefined ? [] : next(at);
        if (event.type === EVENT_ID.MAPPING) open.push(opened('map', path));
        else if (event.type === EVENT_ID.SEQUENCE) open.push(opened('list', path));
        else if (event.type === EVENT_ID.SCALAR && isThere(event)) {
          const { valueStart: start, valueEnd: end, style, indent } = event;
          scalars.push({ path: path.join('.'), value, start, end, style, indent });
        }
      }
    }
  }
  return scalars;
}

/** Between quotes there may be nothing; without them that is no value. */
function isThere({
  style,
  valueStart,
  valueEnd,
}: {
  style: number;
  valueStart: number;
  valueEnd: number;
}): boolean {
  return style !== SCALAR_STYLE.PLAIN || valueEnd > valueStart;
}

function opened(kind: Open['kind'], path: readonly string[]): Open {
  return { kind, path, key: undefined, items: 0 };
}

/** The path of the item that comes now. A key that is no scalar has an empty name. */
function next(at: Open): string[] {
  if (at.kind === 'document') return [...at.path];
  if (at.kind === 'list') return [...at.path, String(at.items++)];
  const name = at.key ?? '';
  at.key = at.key === undefined ? '' : undefined;
  return [...at.path, name];
}

/** The text with other values at some places: everything around them stays byte for byte, and the quoting where it can. */
export function withValues(text: string, changes: ReadonlyMap<Scalar, string>): string {
  let result = text;
  const backwards = [...changes].sort(([a], [b]) => b.start - a.start);
  for (const [scalar, value] of backwards) {
    result = result.slice(0, scalar.start) + written(scalar, value, text) + result.slice(scalar.end);
  }
  return result;
}

function written(scalar: Scalar, value: string, text: string): string {
  const { style, indent, start, end } = scalar;
  if (style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK) {
    const lines = value.replace(/\n+$/, '').split('\n');
    const trailing = /\n*$/.exec(text.slice(start, end))?.[0] ?? '';
    const glue = style === SCALAR_STYLE.FOLDED_BLOCK ? '\n\n' : '\n';
    return lines.map(line => (line === '' ? '' : ' '.repeat(indent) + line)).join(glue) + trailing;
  }
  if (style === SCALAR_STYLE.DOUBLE_QUOTED || value.includes('\n')) return quoted(scalar, value);
  if (style === SCALAR_STYLE.SINGLE_QUOTED) return value.replaceAll("'", "''");
  return isPlain(value) ? value : JSON.stringify(value);
}

/** A place between double quotes has them already. */
function quoted({ style }: Scalar, value: string): string {
  const json = JSON.stringify(value);
  if (style === SCALAR_STYLE.DOUBLE_QUOTED) return json.slice(1, -1);
  return style === SCALAR_STYLE.SINGLE_QUOTED ? value.replaceAll("'", "''").replaceAll('\n', '\n\n') : json;
}

/** Whether it can stand without quotes, in a flow collection too. */
function isPlain(value: string): boolean {
  return /^[\w./:@-]+$/.test(value) && dump(value, { lineWidth: -1 }).trim() === value;
}
