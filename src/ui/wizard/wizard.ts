import type { Key } from './keys.ts';
import type { Line } from './lines.ts';

/** What went wrong with a call, as people read it. */
export interface Trouble {
  readonly text: string;
  readonly hints: readonly string[];
}

/** A call of a port that a state waits for. */
interface Call {
  readonly call: string;
}

/** What every wizard knows of itself. Whatever a step has learned stays when one goes back. */
export interface Common {
  readonly step: string;
  /** How far a list is scrolled that has no cursor of its own. */
  readonly scroll: number;
  readonly isHelping: boolean;
  readonly job: Call | undefined;
  readonly trouble: Trouble | undefined;
  /** Left by a key, by Ctrl-C or a signal, or answered to the end. */
  readonly ending: 'left' | 'interrupted' | 'confirmed' | undefined;
}

/** A wizard at its first step. */
export const BEGUN = {
  scroll: 0,
  isHelping: false,
  job: undefined,
  trouble: undefined,
  ending: undefined,
} as const;

/** Where a step's lines go. */
export interface Area {
  readonly columns: number;
  readonly rows: number;
}

interface Step<S> {
  readonly title: string;
  /** Each with what it does, three spaces apart; without those that every step has. */
  readonly keys: string;
  readonly help: readonly string[];
  /** Letters are text here, so that only Ctrl-C leaves. */
  readonly isTyping?: boolean;
  /** Every character is text, so that only F1 helps. */
  readonly isSecret?: boolean;
  /** The state after a key, `next` to go on, undefined where the key means nothing. */
  key(state: S, key: Key): S | 'next' | undefined;
  /** What is between the title and the keys. */
  screen(state: S, area: Area): Line[];
  /** The same for who hears it, where that is not the same words in the same order. */
  spoken?(state: S, area: Area): Line[];
}

/**
 * The questions of a wizard as a pure machine: steps in an order.
 *
 * A key or an answer makes the next state of a state. A state with a job waits for a call of the port; keys other than
 * back, help and quit mean nothing then, and the answer to a job that is no longer waited for is dropped. Entering a step
 * asks for what it shows, unless it is known: going back forgets nothing, and changing an answer forgets what came of it.
 */
export interface Wizard<S extends Common, A> {
  readonly steps: Readonly<Record<S['step'], Step<S>>>;
  /** Those that this state asks. */
  order(state: S): readonly S['step'][];
  /** What is said while a call lasts. */
  readonly waiting: Readonly<Record<NonNullable<S['job']>['call'], string>>;
  /** The call without which a step has nothing to show; Enter makes it again where it failed. */
  jobFor(state: S): S['job'];
  /** The state after an answer, and whether it goes on from there. */
  onAnswer(state: S, answer: A): { readonly state: S; readonly goesOn?: boolean };
}

/** The keys of a step: its own, then how to go back, be helped and leave, in the same place at every step. */
export function keysAt<S extends Common, A>(wizard: Wizard<S, A>, state: S): string[] {
  const { keys, isTyping, isSecret } = wizard.steps[state.step as S['step']];
  const isFirst = wizard.order(state)[0] === state.step;
  return [
    ...keys.split('   '),
    ...(isFirst ? [] : ['Esc back']),
    isSecret ? 'F1 help' : '? help',
    isTyping ? 'Ctrl-C quit' : 'q quit',
  ];
}

export type WizardEvent<A> =
  | { readonly type: 'key'; readonly key: Key }
  | { readonly type: 'answered'; readonly job: Call; readonly answer: A }
  | { readonly type: 'failed'; readonly job: Call; readonly trouble: Trouble };

export function reduce<S extends Common, A>(wizard: Wizard<S, A>, state: S, event: WizardEvent<A>): S {
  if (state.ending !== undefined) return state;
  if (event.type === 'key') return onKey(wizard, state, event.key);
  // Whoever went back no longer waits for it.
  if (event.job !== state.job) return state;
  const free = changed(state, { job: undefined });
  if (event.type === 'failed') return changed(free, { trouble: troubleWith(wizard, free, event.trouble) });
  const { state: next, goesOn = false } = wizard.onAnswer(free, event.answer);
  return goesOn ? goOn(wizard, next) : next;
}

/** What to do about it; a step that has nothing to show tries again. */
function troubleWith<S extends Common, A>(wizard: Wizard<S, A>, state: S, { text, hints }: Trouble): Trouble {
  return { text, hints: wizard.jobFor(state) === undefined ? hints : [...hints, 'Enter tries again'] };
}

function onKey<S extends Common, A>(wizard: Wizard<S, A>, state: S, key: Key): S {
  if (key.name === 'quit') return changed(state, { ending: 'interrupted', job: undefined });
  if (state.isHelping) return changed(state, { isHelping: false });
  const step = wizard.steps[state.step as S['step']];
  const text = key.name === 'text' ? key.text : '';
  if (key.name === 'help' || (text === '?' && !step.isSecret)) return changed(state, { isHelping: true });
  if (text === 'q' && !step.isTyping) return changed(state, { ending: 'left', job: undefined });
  const again = key.name === 'enter' && state.job === undefined ? wizard.jobFor(state) : undefined;
  if (again !== undefined) return changed(state, { trouble: undefined, job: again });
  const next = state.job === undefined ? step.key(state, key) : undefined;
  if (next === 'next') return goOn(wizard, state);
  if (next !== undefined) return next;
  return key.name === 'escape' ? goBack(wizard, state) : state;
}

function goOn<S extends Common, A>(wizard: Wizard<S, A>, state: S): S {
  const here = changed(state, { step: stepAt(wizard, state, 1), scroll: 0, trouble: undefined });
  return changed(here, { job: wizard.jobFor(here) });
}

function goBack<S extends Common, A>(wizard: Wizard<S, A>, state: S): S {
  const step = stepAt(wizard, state, -1);
  return changed(state, { step, scroll: 0, job: undefined, trouble: undefined });
}

function stepAt<S extends Common, A>(wizard: Wizard<S, A>, state: S, by: 1 | -1): string {
  const steps = wizard.order(state);
  const at = steps.indexOf(state.step as S['step']) + by;
  return steps[Math.max(0, Math.min(steps.length - 1, at))] ?? state.step;
}

function changed<S extends Common>(state: S, change: Partial<Common>): S {
  return { ...state, ...change };
}
