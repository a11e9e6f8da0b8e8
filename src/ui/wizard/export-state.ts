import { chosenOf, NOTHING_SAID } from './choice.ts';
import { type Editor, editorOf, textOf } from './editor.ts';
import type { ExportAnswers, KeepSecrets, SourceFacts, Where } from './export-port.ts';
import type { ChooseState } from './step-choose.ts';
import { BEGUN, type Common } from './wizard.ts';

type ExportStep = 'source' | 'choose' | 'where' | 'secrets' | 'confirm';

type ExportJob =
  | { readonly call: 'source' }
  | { readonly call: 'place'; readonly where: Where }
  | { readonly call: 'seal'; readonly secrets: KeepSecrets };

export type ExportAnswered =
  | { readonly call: 'source'; readonly source: SourceFacts }
  | { readonly call: 'place'; readonly text: string }
  | { readonly call: 'seal'; readonly secrets: KeepSecrets };

/** The ways to keep secrets, the one that people should take first. */
export const KINDS: readonly KeepSecrets['kind'][] = [
  'recipients-file',
  'recipient',
  'passphrase',
  'plaintext',
];

/** Of where an archive goes, in the order in which it is asked. */
export const FIELDS: readonly (keyof Where)[] = ['path', 'medium', 'base'];

interface SecretsState {
  readonly kind: KeepSecrets['kind'];
  readonly editor: Editor;
  /** The passphrase once more; undefined until it was typed once. */
  readonly again: Editor | undefined;
}

/** All that the wizard of an export knows. */
export interface ExportState extends Common {
  readonly step: ExportStep;
  readonly source: SourceFacts | undefined;
  readonly choose: ChooseState | undefined;
  /** What is typed, and the field that keys go to. */
  readonly where: { readonly editors: Readonly<Record<keyof Where, Editor>>; readonly cursor: keyof Where };
  /** What is known of the place, as it stands. */
  readonly place: string | undefined;
  readonly secrets: SecretsState;
  readonly sealed: KeepSecrets | undefined;
  readonly job: ExportJob | undefined;
}

/** @param where what the flags say, or what suggests itself */
export function beginExport({ path, medium, base }: Where): ExportState {
  return {
    ...BEGUN,
    step: 'source',
    source: undefined,
    choose: undefined,
    where: {
      editors: { path: editorOf(path), medium: editorOf(medium), base: editorOf(base) },
      cursor: 'path',
    },
    place: undefined,
    secrets: { kind: 'recipients-file', editor: editorOf(''), again: undefined },
    sealed: undefined,
    job: { call: 'source' },
  };
}

export function whereOf({ where: { editors } }: ExportState): Where {
  const textIn = (field: keyof Where) => textOf(editors[field]).trim();
  return { path: textIn('path'), medium: textIn('medium'), base: textIn('base') };
}

export function exportAnswersOf(state: ExportState): ExportAnswers {
  const { choose, sealed = { kind: 'plaintext' } } = state;
  const chosen = choose === undefined ? NOTHING_SAID : chosenOf(choose.choice, choose.root);
  return { chosen, where: whereOf(state), secrets: sealed };
}
