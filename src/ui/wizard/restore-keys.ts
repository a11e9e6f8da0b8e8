import { answersOf } from './answers.ts';
import { edit, editorOf, textOf } from './editor.ts';
import type { Key } from './keys.ts';
import { scrolledBy } from './moves.ts';
import type { Examined, SecretKey } from './port.ts';
import type { WizardState } from './state.ts';
import { chooseKey } from './step-choose.ts';

type Stepped = WizardState | 'next' | undefined;

export function archiveKey(state: WizardState, key: Key): Stepped {
  return key.name === 'enter' ? 'next' : scrolledBy(state, key, state.archive.losses.length + 12);
}

/** A key opens only this archive; with a passphrase it may be an identity that was taken out by hand. */
export function unlockKey(state: WizardState, key: Key): Stepped {
  const { unlock, archive } = state;
  if (key.name === 'enter') return state.key === undefined ? unlocking(state) : 'next';
  if (key.name === 'tab' && archive.lock === 'passphrase') {
    const kind = unlock.kind === 'passphrase' ? 'identity' : 'passphrase';
    return { ...locked(state), unlock: { kind, editor: editorOf(''), own: undefined } };
  }
  if (unlock.own !== undefined) {
    if (key.name === 'escape') return { ...locked(state), unlock: { ...unlock, own: undefined } };
    const own = edit(unlock.own, key);
    return own && { ...locked(state), unlock: { ...unlock, own } };
  }
  const editor = edit(unlock.editor, key);
  return editor && { ...locked(state), unlock: { ...unlock, editor } };
}

/** What was unlocked with another key has to be read anew. */
function locked(state: WizardState): WizardState {
  return { ...state, key: undefined, choose: undefined, examined: undefined, trouble: undefined };
}

const NEEDED: Record<SecretKey['kind'], string> = {
  identity: 'the path of a key file is needed: without it nothing can be restored',
  passphrase: 'the passphrase is needed: without it nothing can be restored',
};

function unlocking(state: WizardState): WizardState {
  const { kind, editor, own } = state.unlock;
  const text = textOf(editor);
  if (text.trim() === '') return { ...state, trouble: { text: NEEDED[kind], hints: [] } };
  const passphrase = own && textOf(own);
  if (passphrase === '') {
    return { ...state, trouble: { text: 'the passphrase of the key is needed', hints: [] } };
  }
  const key: SecretKey =
    kind === 'passphrase'
      ? { kind, passphrase: text }
      : { kind, path: text.trim(), ...(passphrase !== undefined && { passphrase }) };
  return { ...state, trouble: undefined, job: { call: 'unlock', key } };
}

/** On only when nothing forbids it. Space allows what is refused for want of trust; `r` looks again, as does Enter then. */
export function checkKey(state: WizardState, key: Key): Stepped {
  const { examined, allowed, scroll } = state;
  const text = key.name === 'text' ? key.text : '';
  if (text === 'r') return examining(state);
  if (examined === undefined) return undefined;
  const { findings } = examined;
  const { allow } = findings[scroll] ?? {};
  if (text === ' ' && allow !== undefined) {
    const next = new Set(allowed);
    if (!next.delete(allow)) next.add(allow);
    return { ...state, allowed: next, trouble: undefined };
  }
  if (key.name !== 'enter') return scrolledBy(state, key, findings.length);
  if (findings.some(finding => isForbidding(finding, allowed))) {
    const text = 'what is marked ✗ forbids the restore: mend it and press r, or go back with Esc';
    return { ...state, trouble: { text, hints: [] } };
  }
  return findings.some(({ severity }) => severity === 'refuse') ? examining(state) : 'next';
}

function examining(state: WizardState): WizardState {
  const job = { call: 'examine', answers: answersOf(state) } as const;
  return { ...state, examined: undefined, trouble: undefined, scroll: 0, job };
}

/** Whether a finding stands in the way, with what is allowed now. */
export function isForbidding(
  { severity, allow }: Examined['findings'][number],
  allowed: ReadonlySet<string>,
): boolean {
  return allow === undefined ? severity === 'refuse' : !allowed.has(allow);
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
