import { rulesOf } from './answers.ts';
import { edit, editorOf } from './editor.ts';
import type { Key } from './keys.ts';
import { moved } from './moves.ts';
import type { PlaceCheck, TargetFacts } from './port.ts';
import type { MapState, WizardState } from './state.ts';

/** The places as the target's own configuration suggests them. */
export function mapOf(target: TargetFacts): MapState {
  const places = target.places.map(({ to, ...place }) => ({ ...place, editor: editorOf(to) }));
  return { target, places, cursor: 0, checks: undefined };
}

/** Home and End are of the line that is typed. */
const MOVING: ReadonlySet<Key['name']> = new Set(['up', 'down', 'tab', 'pageUp', 'pageDown']);

/** What came of trying the places; the first that has to be looked at is marked. */
export function tried(map: MapState, checks: readonly PlaceCheck[]): MapState {
  const first = checks.find(needsLook);
  const cursor = map.places.findIndex(({ what, from }) => what === first?.what && from === first.from);
  return { ...map, checks, cursor: cursor < 0 ? map.cursor : cursor };
}

export function needsLook({ sort }: PlaceCheck): boolean {
  return sort === 'doubtful' || sort === 'wrong';
}

/** Enter tries every place; when all of them do, the wizard goes on. */
export function mapKey(state: WizardState, key: Key): WizardState | 'next' | undefined {
  const { map } = state;
  if (map === undefined) return undefined;
  if (key.name === 'enter') {
    if (map.checks?.every(({ sort }) => sort !== 'wrong')) return 'next';
    return { ...state, trouble: undefined, job: { call: 'tryPlaces', rules: rulesOf(map) } };
  }
  if (MOVING.has(key.name)) {
    const down = key.name === 'tab' ? ({ name: 'down' } as const) : key;
    return { ...state, map: { ...map, cursor: moved(map.cursor, map.places.length, down) ?? 0 } };
  }
  const place = map.places[map.cursor];
  const editor = place && edit(place.editor, key);
  if (place === undefined || editor === undefined) return undefined;
  const places = map.places.with(map.cursor, { ...place, editor });
  const isChanged = editor.text !== place.editor.text;
  const checks = isChanged ? undefined : map.checks;
  const examined = isChanged ? undefined : state.examined;
  return { ...state, examined, trouble: undefined, map: { ...map, places, checks } };
}
