import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Action, KEYS, type KeyState, NO_KEYS_YET, press } from '../../src/ui/keys.ts';

/** Presses one key after the other, and tells what the run was told and where the person is at the end. */
function type(
  keys: readonly string[],
  steered: 'nothing' | 'pause' | 'all' = 'all',
): { state: KeyState; actions: Action[] } {
  let state = NO_KEYS_YET;
  const actions: Action[] = [];
  for (const key of keys) {
    const pressed = press(state, key, steered);
    state = pressed.state;
    if (pressed.action !== undefined) actions.push(pressed.action);
  }
  return { state, actions };
}

const CTRL_C = '\u0003';

describe('the keys of the live view', () => {
  it.each<[string, string[], Action[], Partial<KeyState>]>([
    ['p pauses, and goes on', ['p', 'p'], ['pause', 'pause'], {}],
    ['+ and - change how many there are', ['+', '=', '-'], ['more', 'more', 'fewer'], {}],
    ['l shows the last messages, and again no longer', ['l'], [], { panel: 'log' }],
    ['l twice is as before', ['l', 'l'], [], { panel: undefined }],
    ['? comes in place of the log', ['l', '?'], [], { panel: 'help' }],
    ['Esc leaves what is shown', ['?', '\u001b'], [], { panel: undefined }],
    ['Ctrl-C asks', [CTRL_C], [], { stop: 'asked' }],
    ['q asks', ['q'], [], { stop: 'asked' }],
    ['y finishes what is under way', ['q', 'y'], ['finish'], { stop: 'finishing' }],
    ['Enter does too', [CTRL_C, '\r'], ['finish'], { stop: 'finishing' }],
    ['n goes on', ['q', 'n'], [], { stop: undefined }],
    ['p is an answer there, and goes on', ['q', 'p'], [], { stop: undefined }],
    ['a second Ctrl-C stops at once', [CTRL_C, CTRL_C], ['abandon'], { stop: 'abandoned' }],
    ['also while it is finished', ['q', 'y', CTRL_C], ['finish', 'abandon'], { stop: 'abandoned' }],
    ['a third ends the program', [CTRL_C, CTRL_C, CTRL_C], ['abandon', 'abandon'], {}],
    ['what is stopping is not steered', ['q', 'y', 'p', '+', 'q'], ['finish'], { stop: 'finishing' }],
    ['Ctrl-Z and Ctrl-\\ are told', ['\u001a', '\u001c'], ['suspend', 'quit'], {}],
  ])('%s', (_, keys, actions, state) => {
    const typed = type(keys);
    expect(typed.actions).toEqual(actions);
    expect(typed.state).toMatchObject(state);
  });

  it('steer nothing where nothing can be steered', () => {
    expect(type(['p', '+', '-'], 'nothing')).toEqual({ state: NO_KEYS_YET, actions: [] });
    expect(type(['p', '+', '-'], 'pause').actions).toEqual(['pause']);
  });

  it('stop only when that was asked and answered, whatever else is pressed', () => {
    const key = fc.oneof(
      fc.constantFrom(...KEYS.flatMap(({ sent }) => sent), 'y', 'n', '\u001b'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(key), keys => {
        let state = NO_KEYS_YET;
        for (const key of keys) {
          const { state: next, action } = press(state, key, 'all');
          if (action === 'finish' || action === 'abandon') expect(state.stop).toBeDefined();
          state = next;
        }
      }),
    );
  });
});
