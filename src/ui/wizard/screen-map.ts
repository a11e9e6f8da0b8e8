import { columnsOf, padTo } from '../../progress/text.ts';
import { field } from './field.ts';
import { cut, EMPTY, factLines, type Line, line, paragraph, span } from './lines.ts';
import type { Mapped, PlaceCheck } from './port.ts';
import type { MapState, WizardState } from './state.ts';
import type { Area } from './wizard.ts';

/** Columns of a name that still say which it is. */
const LEAST_NAME = 16;

/** Lines that are kept for places, besides those of one. */
const LEAST = 2;

/** The target, and a line to fill in for whatever may be called otherwise there, with what came of trying it. */
export function mapScreen({ map }: WizardState, area: Area): Line[] {
  if (map === undefined) return [];
  const { columns } = area;
  const above = [
    ...factLines(map.target.facts, columns),
    ...map.target.found.flatMap(text => paragraph(text, columns, 'dim')),
    EMPTY,
    ...(map.places.length === 0
      ? paragraph('Nothing else needs a place.', columns)
      : paragraph(
          'Fill in what is elsewhere, or called otherwise, on the target; what is left empty stays as it is:',
          columns,
        )),
  ];
  const marked = placeLines(map, map.cursor, columns).length;
  const wanted = Math.min(map.places.length * 2, LEAST + marked);
  // What is to be filled in goes before what is only told.
  const told = above.slice(-Math.max(0, area.rows - wanted));
  const { lines, beyond } = placesAround(map, area.rows - told.length, columns);
  const more = beyond === 0 ? [] : [line(span(`  … ${beyond} more: ↑ ↓, PgUp, PgDn`, 'dim'))];
  return [...told, ...lines, ...more].slice(0, area.rows);
}

/** So many places as fit beside the marked one, on both sides of it, and how many are beyond. */
function placesAround(map: MapState, rows: number, columns: number): { lines: Line[]; beyond: number } {
  const count = map.places.length;
  if (count <= rows / 2) {
    const all = map.places.flatMap((_, index) => placeLines(map, index, columns));
    if (all.length <= rows) return { lines: all, beyond: 0 };
  }
  const blocks = [placeLines(map, map.cursor, columns)];
  let [first, last] = [map.cursor, map.cursor];
  // The last row tells of those beyond.
  let left = rows - 1 - (blocks[0]?.length ?? 0);
  for (let isFull = false; !isFull; ) {
    isFull = true;
    for (const index of [last + 1, first - 1]) {
      const block = index < 0 || index >= count ? undefined : placeLines(map, index, columns);
      if (block === undefined || block.length > left) continue;
      isFull = false;
      left -= block.length;
      if (index > last) last = blocks.push(block) && index;
      else first = blocks.unshift(block) && index;
    }
  }
  return { lines: blocks.flat(), beyond: count - blocks.length };
}

const NAMES: Record<Mapped, string> = {
  registry: 'registry',
  domain: 'domain',
  login: 'login at',
  user: 'user',
  group: 'group',
};

function placeLines({ places, cursor, checks }: MapState, index: number, columns: number): Line[] {
  const place = places[index];
  if (place === undefined) return [];
  const isActive = index === cursor;
  const check = checks?.find(({ what, from }) => what === place.what && from === place.from);
  const lead = '  → ';
  const name = NAMES[place.what];
  const room = columns - columnsOf(name) - 3;
  const from = cut(place.from, Math.max(LEAST_NAME, room - columnsOf(place.uses) - 2));
  return [
    line(
      isActive ? '› ' : '  ',
      `${name} `,
      span(from, 'bold'),
      span(cut(`  ${place.uses}`, room - columnsOf(from)), 'dim'),
    ),
    line(padTo(lead, 4), ...field(place.editor, columns - 5, { isActive })),
    ...(check === undefined
      ? []
      : [
          ...paragraph(`${SIGNS[check.sort][0]} ${check.text}`, columns, SIGNS[check.sort][1], '    '),
          ...(check.hint === undefined ? [] : paragraph(`→ ${check.hint}`, columns, 'dim', '    ')),
        ]),
  ];
}

const SIGNS: Record<PlaceCheck['sort'], readonly [sign: string, look: 'bad' | 'warn' | 'dim' | 'good']> = {
  wrong: ['✗', 'bad'],
  doubtful: ['!', 'warn'],
  noted: ['·', 'dim'],
  right: ['✓', 'good'],
};
