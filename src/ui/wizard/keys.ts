import type { Key as InkKey } from 'ink';

/** A key as the machine knows it; `text` is what was typed or pasted. */
export type Key =
  | { readonly name: 'text'; readonly text: string }
  | {
      readonly name:
        | 'enter'
        | 'escape'
        | 'tab'
        | 'up'
        | 'down'
        | 'left'
        | 'right'
        | 'pageUp'
        | 'pageDown'
        | 'home'
        | 'end'
        | 'backspace'
        | 'delete'
        | 'help'
        | 'all'
        | 'clear'
        | 'suspend'
        | 'quit';
    };

const CONTROL: Record<string, Key['name']> = {
  c: 'quit',
  d: 'quit',
  a: 'all',
  u: 'clear',
  e: 'end',
  h: 'help',
  z: 'suspend',
};

/** What stands for a key where several were pressed before anybody looked. */
const CHARACTERS: Record<string, Key['name']> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\u0003': 'quit',
  '\u0015': 'clear',
  '\u001a': 'suspend',
};

const [ESC, F1] = ['\u001b', ['OP', '[11~', '[P', '[[A']];

/** F1 as terminals send it, of which Ink tells nothing but this. */
export function isHelpKey(sent: string): boolean {
  return sent.startsWith(ESC) && F1.includes(sent.slice(1));
}

/** The keys that Ink tells of at once; none for those that mean nothing here. */
export function keysOf(input: string, key: InkKey): Key[] {
  const one = keyOf(input, key);
  if (one?.name !== 'text') return one === undefined ? [] : [one];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: keys are control characters
  return one.text.split(/([\u0000-\u001f\u007f])/).flatMap((part): Key[] => {
    const name = CHARACTERS[part];
    if (name !== undefined && name !== 'text') return [{ name }];
    return part === '' ? [] : [{ name: 'text', text: part }];
  });
}

function keyOf(input: string, key: InkKey): Key | undefined {
  if (key.ctrl) return named(CONTROL[input]);
  if (key.return) return named('enter');
  if (key.escape) return named('escape');
  if (key.tab) return named('tab');
  if (key.upArrow) return named('up');
  if (key.downArrow) return named('down');
  if (key.leftArrow) return named('left');
  if (key.rightArrow) return named('right');
  if (key.pageUp) return named('pageUp');
  if (key.pageDown) return named('pageDown');
  if (key.home) return named('home');
  if (key.end) return named('end');
  if (key.backspace) return named('backspace');
  if (key.delete) return named('delete');
  if (key.meta || input === '') return undefined;
  return { name: 'text', text: input };
}

function named(name: Key['name'] | undefined): Key | undefined {
  return name === undefined || name === 'text' ? undefined : { name };
}
