import { chosenOf, NOTHING_SAID } from './choice.ts';
import { textOf } from './editor.ts';
import type { Answers, Rule } from './port.ts';
import type { WizardState } from './state.ts';

/** What was answered so far; what was not asked yet is as it is without a word. */
export function answersOf({ key, choose, map, examined, onExisting, allowed }: WizardState): Answers {
  const chosen = choose === undefined ? NOTHING_SAID : chosenOf(choose.choice, choose.root);
  const differ = (examined?.differs.length ?? 0) > 0;
  const told = { key, chosen, rules: rulesOf(map), allowed: [...allowed].sort() };
  return { ...told, onExisting: differ ? onExisting : undefined };
}

/** The places that were filled in. */
export function rulesOf(map: WizardState['map']): Rule[] {
  return (map?.places ?? []).flatMap(({ what, from, editor }) => {
    const to = textOf(editor).trim();
    return to === '' ? [] : [{ what, from, to }];
  });
}
