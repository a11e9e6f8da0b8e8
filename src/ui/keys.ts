/** What a person can do to a run that they watch. */
export type Action = 'pause' | 'more' | 'fewer' | 'finish' | 'abandon' | 'suspend' | 'quit';

/** What the view shows in place of the transfers, when it is asked for. */
type Panel = 'log' | 'help';

/** Where a person is with their keys. */
export interface KeyState {
  readonly panel: Panel | undefined;
  /** Asked whether to stop; stopping, once what is under way is finished; giving up what is under way. */
  readonly stop: 'asked' | 'finishing' | 'abandoned' | undefined;
}

export const NO_KEYS_YET: KeyState = { panel: undefined, stop: undefined };

interface Key {
  /** As a terminal sends them. */
  readonly sent: readonly string[];
  /** As people read it. */
  readonly shown: string;
  readonly meaning: string;
  /** The same where there is little room. */
  readonly brief: string;
  readonly does: Exclude<Action, 'finish' | 'abandon'> | Panel | 'ask';
  /** Only where the run can be paused, or its transfers be more or fewer. */
  readonly steers?: 'pause' | 'all';
}

const CTRL_C = '\u0003';

/** The keys, in the order in which help lists them. */
export const KEYS: readonly Key[] = [
  {
    sent: ['p', 'P'],
    shown: 'p',
    meaning: 'pause: what is under way is finished, nothing further begins; again: go on',
    brief: 'pause; again: go on',
    does: 'pause',
    steers: 'pause',
  },
  {
    sent: ['+', '='],
    shown: '+',
    meaning: 'one transfer more at a time',
    brief: 'one transfer more',
    does: 'more',
    steers: 'all',
  },
  {
    sent: ['-', '_'],
    shown: '-',
    meaning: 'one transfer fewer at a time',
    brief: 'one transfer fewer',
    does: 'fewer',
    steers: 'all',
  },
  {
    sent: ['l', 'L'],
    shown: 'l',
    meaning: 'the last messages; again: back',
    brief: 'the last messages',
    does: 'log',
  },
  { sent: ['?', 'h', 'H'], shown: '?', meaning: 'this help; again: back', brief: 'this help', does: 'help' },
  {
    sent: ['q', 'Q', CTRL_C],
    shown: 'q, Ctrl-C',
    meaning: 'stop: asks, and tells how to go on',
    brief: 'stop; asks first',
    does: 'ask',
  },
  {
    sent: ['\u001a'],
    shown: 'Ctrl-Z',
    meaning: 'back to the shell; fg goes on',
    brief: 'back to the shell',
    does: 'suspend',
  },
  {
    sent: ['\u001c'],
    shown: 'Ctrl-\\',
    meaning: 'end the program as it is',
    brief: 'end at once',
    does: 'quit',
  },
];

/** Answers to the question whether to stop. */
const YES = new Set(['y', 'Y', 'q', 'Q', '\r', '\n']);
const BACK = new Set(['\u001b']);

/** Whether a key means something where so much can be steered. */
export function isKnown(steers: Key['steers'], steered: 'nothing' | 'pause' | 'all'): boolean {
  return steers === undefined || steered === 'all' || steers === steered;
}

/** What a key does: where the person is then, and what happens to the run. Keys without a meaning do nothing. */
export function press(
  state: KeyState,
  key: string,
  steered: 'nothing' | 'pause' | 'all',
): { readonly state: KeyState; readonly action?: Action } {
  if (key === CTRL_C && state.stop !== undefined) {
    return { state: { ...state, stop: 'abandoned' }, action: 'abandon' };
  }
  if (state.stop === 'asked') {
    if (YES.has(key)) return { state: { ...state, stop: 'finishing' }, action: 'finish' };
    return { state: { ...state, stop: undefined } };
  }
  if (BACK.has(key)) return { state: { ...state, panel: undefined } };
  const does = KEYS.find(({ sent, steers }) => sent.includes(key) && isKnown(steers, steered))?.does;
  switch (does) {
    case undefined:
      return { state };
    case 'log':
    case 'help':
      return { state: { ...state, panel: state.panel === does ? undefined : does } };
    case 'ask':
      return { state: state.stop === undefined ? { ...state, stop: 'asked' } : state };
    case 'suspend':
    case 'quit':
      return { state, action: does };
    default:
      // A run that is stopping has paused for good.
      return state.stop === undefined ? { state, action: does } : { state };
  }
}
