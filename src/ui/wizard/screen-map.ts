import { padTo } from '../../progress/text.ts';
import { field } from './field.ts';
import { cut, EMPTY, factLines, type Line, line, paragraph, span, windowOf } from './lines.ts';
import type { PlaceCheck } from './port.ts';
import type { MapState, WizardState } from './state.ts';
import type { Area } from './wizard.ts';

/** Lines that are kept for places, besides those of one. */
const LEAST = 2;

/** The target, and a line to fill in for every registry and domain of the archive, with what came of trying it. */
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
  const places = map.places.map((_, index) => placeLines(map, index, columns));
  const each = Math.max(1, ...places.map(({ length }) => length));
  // What is to be filled in goes before what is only told.
  const told = above.slice(-Math.max(0, area.rows - Math.min(places.flat().length, LEAST + each)));
  const { items } = windowOf(places, map.cursor, Math.max(1, Math.floor((area.rows - told.length) / each)));
  return [...told, ...items.flat()].slice(0, area.rows);
}

function placeLines({ places, cursor, checks }: MapState, index: number, columns: number): Line[] {
  const place = places[index];
  if (place === undefined) return [];
  const isActive = index === cursor;
  const check = checks?.find(({ what, from }) => what === place.what && from === place.from);
  const lead = '  → ';
  return [
    line(
      isActive ? '› ' : '  ',
      `${place.what} `,
      span(cut(place.from, columns - place.what.length - place.uses.length - 5), 'bold'),
      span(`  ${place.uses}`, 'dim'),
    ),
    line(padTo(lead, 4), ...field(place.editor, columns - 5, { isActive })),
    ...(check === undefined
      ? []
      : [
          ...paragraph(`${SIGNS[sortOf(check)][0]} ${check.text}`, columns, SIGNS[sortOf(check)][1], '    '),
          ...(check.hint === undefined ? [] : paragraph(`→ ${check.hint}`, columns, 'dim', '    ')),
        ]),
  ];
}

const SIGNS = { wrong: ['✗', 'bad'], doubtful: ['!', 'warn'], right: ['✓', 'good'] } as const;

function sortOf({ isWrong, isDoubtful }: PlaceCheck): keyof typeof SIGNS {
  if (isWrong) return 'wrong';
  return isDoubtful ? 'doubtful' : 'right';
}
