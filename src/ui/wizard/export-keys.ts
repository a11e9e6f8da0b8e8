import { edit, editorOf, textOf } from './editor.ts';
import type { KeepSecrets } from './export-port.ts';
import { type ExportState, FIELDS, KINDS, whereOf } from './export-state.ts';
import type { Key } from './keys.ts';
import { scrolledBy } from './moves.ts';

type Stepped = ExportState | 'next' | undefined;

export function sourceKey(state: ExportState, key: Key): Stepped {
  return key.name === 'enter' ? 'next' : scrolledBy(state, key, 12);
}

/** Enter looks whether the archive can be written there. */
export function whereKey(state: ExportState, key: Key): Stepped {
  const { editors, cursor } = state.where;
  if (key.name === 'enter') {
    if (state.place !== undefined) return 'next';
    const where = whereOf(state);
    if (where.path === '') return { ...state, trouble: { text: 'the archive needs a name', hints: [] } };
    return { ...state, trouble: undefined, job: { call: 'place', where } };
  }
  if (key.name === 'up' || key.name === 'down' || key.name === 'tab') {
    const next = FIELDS.indexOf(cursor) + (key.name === 'up' ? -1 : 1);
    return { ...state, where: { editors, cursor: FIELDS.at(next % FIELDS.length) ?? cursor } };
  }
  const editor = edit(editors[cursor], key);
  if (editor === undefined) return undefined;
  const where = { editors: { ...editors, [cursor]: editor }, cursor };
  return { ...state, place: undefined, trouble: undefined, where };
}

/** Up and down change how; a passphrase is typed twice. */
export function secretsKey(state: ExportState, key: Key): Stepped {
  const { secrets } = state;
  const changed = { ...state, sealed: undefined, trouble: undefined };
  if (key.name === 'up' || key.name === 'down') {
    const at = KINDS.indexOf(secrets.kind) + (key.name === 'up' ? -1 : 1);
    const kind = KINDS[Math.max(0, Math.min(KINDS.length - 1, at))] ?? secrets.kind;
    return kind === secrets.kind
      ? state
      : { ...changed, secrets: { kind, editor: editorOf(''), again: undefined } };
  }
  if (key.name === 'enter') return state.sealed === undefined ? sealed(changed) : 'next';
  if (secrets.kind === 'plaintext') return undefined;
  if (secrets.again !== undefined) {
    const again = edit(secrets.again, key);
    return again && { ...changed, secrets: { ...secrets, again } };
  }
  const editor = edit(secrets.editor, key);
  return editor && { ...changed, secrets: { ...secrets, editor } };
}

function sealed(state: ExportState): ExportState {
  const { kind, editor, again } = state.secrets;
  if (kind === 'plaintext') return { ...state, job: { call: 'seal', secrets: { kind } } };
  const text = kind === 'passphrase' ? textOf(editor) : textOf(editor).trim();
  if (text === '') return { ...state, trouble: { text: NEEDED[kind], hints: [] } };
  if (kind === 'passphrase' && again === undefined) {
    return { ...state, secrets: { kind, editor, again: editorOf('') } };
  }
  if (again !== undefined && textOf(again) !== text) {
    const trouble = { text: 'the two are not the same, once more', hints: [] };
    return { ...state, trouble, secrets: { kind, editor: editorOf(''), again: undefined } };
  }
  return { ...state, job: { call: 'seal', secrets: { kind, text } } };
}

const NEEDED: Record<Exclude<KeepSecrets['kind'], 'plaintext'>, string> = {
  'recipients-file': 'the path of a file of recipients is needed',
  recipient: 'a recipient is needed, as age1…',
  passphrase: 'a passphrase is needed',
};

export function confirmExportKey(state: ExportState, key: Key): Stepped {
  return key.name === 'enter' ? { ...state, ending: 'confirmed' } : undefined;
}
