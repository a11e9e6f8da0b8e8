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
  /** The file, and the size of a medium. */
  readonly where: { readonly editors: readonly [Editor, Editor]; readonly cursor: 0 | 1 };
  /** What is known of the place, as it stands. */
  readonly place: string | undefined;
  readonly secrets: SecretsState;
  readonly sealed: KeepSecrets | undefined;
  readonly job: ExportJob | undefined;
}

/** @param where what the flags say, or what suggests itself */
export function beginExport({ path, medium }: Where): ExportState {
  return {
    ...BEGUN,
    step: 'source',
    source: undefined,
    choose: undefined,
    where: { editors: [editorOf(path), editorOf(medium)], cursor: 0 },
    place: undefined,
    secrets: { kind: 'recipients-file', editor: editorOf(''), again: undefined },
    sealed: undefined,
    job: { call: 'source' },
  };
}

export function whereOf({ where: { editors } }: ExportState): Where {
  const [path, medium] = editors;
  return { path: textOf(path).trim(), medium: textOf(medium).trim() };
}

export function exportAnswersOf(state: ExportState): ExportAnswers {
  const { choose, sealed = { kind: 'plaintext' } } = state;
  const chosen = choose === undefined ? NOTHING_SAID : chosenOf(choose.choice, choose.root);
  return { chosen, where: whereOf(state), secrets: sealed };
}
