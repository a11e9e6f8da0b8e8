import { rulesOf } from './answers.ts';
import { edit, editorOf } from './editor.ts';
import type { Key } from './keys.ts';
import { moved } from './moves.ts';
import type { TargetFacts } from './port.ts';
import type { MapState, WizardState } from './state.ts';

/** The places as the target's own configuration suggests them. */
export function mapOf(target: TargetFacts): MapState {
  const places = target.places.map(({ to, ...place }) => ({ ...place, editor: editorOf(to) }));
  return { target, places, cursor: 0, checks: undefined };
}

/** Enter tries every place; when all of them do, the wizard goes on. */
export function mapKey(state: WizardState, key: Key): WizardState | 'next' | undefined {
  const { map } = state;
  if (map === undefined) return undefined;
  if (key.name === 'enter') {
    if (map.checks?.every(({ isWrong }) => !isWrong)) return 'next';
    return { ...state, trouble: undefined, job: { call: 'tryPlaces', rules: rulesOf(map) } };
  }
  if (key.name === 'up' || key.name === 'down' || key.name === 'tab') {
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
