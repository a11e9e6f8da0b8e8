import { answersOf } from './answers.ts';
import { edit, editorOf, textOf } from './editor.ts';
import type { Key } from './keys.ts';
import { scrolledBy } from './moves.ts';
import type { SecretKey } from './port.ts';
import type { WizardState } from './state.ts';
import { chooseKey } from './step-choose.ts';

type Stepped = WizardState | 'next' | undefined;

export function archiveKey(state: WizardState, key: Key): Stepped {
  return key.name === 'enter' ? 'next' : scrolledBy(state, key, state.archive.losses.length + 12);
}

/** A key opens only this archive; with a passphrase it may be an identity that was taken out by hand. */
export function unlockKey(state: WizardState, key: Key): Stepped {
  const { unlock, archive } = state;
  if (key.name === 'enter') {
    if (state.key !== undefined) return 'next';
    const text = textOf(unlock.editor);
    if (text.trim() === '') return { ...state, trouble: { text: NEEDED[unlock.kind], hints: [] } };
    return { ...state, trouble: undefined, job: { call: 'unlock', key: secretKey(unlock.kind, text) } };
  }
  if (key.name === 'tab' && archive.lock === 'passphrase') {
    const kind = unlock.kind === 'passphrase' ? 'identity' : 'passphrase';
    return { ...state, key: undefined, trouble: undefined, unlock: { kind, editor: editorOf('') } };
  }
  const editor = edit(unlock.editor, key);
  if (editor === undefined) return undefined;
  // What was unlocked with another key has to be read anew.
  const forgotten = { key: undefined, choose: undefined, examined: undefined, trouble: undefined };
  return { ...state, ...forgotten, unlock: { ...unlock, editor } };
}

const NEEDED: Record<SecretKey['kind'], string> = {
  identity: 'the path of a key file is needed: without it nothing can be restored',
  passphrase: 'the passphrase is needed: without it nothing can be restored',
};

function secretKey(kind: SecretKey['kind'], text: string): SecretKey {
  return kind === 'identity' ? { kind, path: text.trim() } : { kind, passphrase: text };
}

/** On only when nothing forbids it; `r` looks again. */
export function checkKey(state: WizardState, key: Key): Stepped {
  const { examined } = state;
  if (key.name === 'text' && key.text === 'r') {
    return {
      ...state,
      examined: undefined,
      trouble: undefined,
      job: { call: 'examine', answers: answersOf(state) },
    };
  }
  if (examined === undefined) return undefined;
  if (key.name === 'enter') {
    if (!examined.findings.some(({ severity }) => severity === 'refuse')) return 'next';
    const text = 'what is marked ✗ forbids the restore: mend it and press r, or go back with Esc';
    return { ...state, trouble: { text, hints: [] } };
  }
  return scrolledBy(state, key, examined.findings.length * 3);
}

/** `u` answers what becomes of objects that are there and differ, the other way each time. */
export function wavesKey(state: WizardState, key: Key): Stepped {
  if (key.name === 'enter') return 'next';
  const { waves = [], differs = [] } = state.examined ?? {};
  if (key.name === 'text' && key.text === 'u' && differs.length > 0) {
    return { ...state, onExisting: state.onExisting === 'skip' ? 'update' : 'skip' };
  }
  return scrolledBy(state, key, waves.length + differs.length * 2);
}

/** What was examined was another choice, once this one is changed. */
export function chooseKeyOfRestore(state: WizardState, key: Key): Stepped {
  const next = chooseKey(state, key);
  if (next === undefined || next === 'next' || next.choose?.choice === state.choose?.choice) return next;
  return { ...next, examined: undefined };
}

/** Whoever writes the context's name has read it. */
export function confirmKey(state: WizardState, key: Key): Stepped {
  const context = state.map?.target.context ?? '';
  if (key.name === 'enter') {
    if (textOf(state.typed).trim() === context) return { ...state, ending: 'confirmed' };
    return { ...state, trouble: { text: `type ${context} to confirm; nothing was written yet`, hints: [] } };
  }
  const typed = edit(state.typed, key);
  return typed === undefined ? undefined : { ...state, typed, trouble: undefined };
}
