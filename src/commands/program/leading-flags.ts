import type { CommandHelp } from '../help/describe.ts';

/** A flag whose value, if it has one, is the next word. */
const WITHOUT_VALUE = /^(--[^=]+|-\w)$/;

/** Whether flags may stand before the command: `--context old-site list`, as kubectl takes them of its own commands. */
export function flagsLead(words: readonly string[]): boolean {
  const [first = ''] = words;
  return isFlag(first) && words.some(word => !isFlag(word));
}

/**
 * The same words with the command first; as they are when there is none. What stands behind a flag that no command has is
 * its value if it is no command: the flag is then first, to be told of.
 */
export function commandFirst(words: readonly string[], help: readonly CommandHelp[]): readonly string[] {
  const at = commandAt(words, flagsWithValue(help));
  const command = words[at];
  if (command === undefined) return words;
  const known = spellings(help.flatMap(({ flags }) => flags));
  const before = words[at - 1] ?? '';
  if (WITHOUT_VALUE.test(before) && !known.has(before) && !help.some(({ name }) => name === command)) {
    return words.slice(at - 1);
  }
  return [command, ...words.slice(0, at), ...words.slice(at + 1)];
}

function commandAt(words: readonly string[], withValue: ReadonlySet<string>): number {
  let at = 0;
  while (isFlag(words[at] ?? '')) at += withValue.has(words[at] ?? '') ? 2 : 1;
  return at;
}

/** As they stand on a line when their value is the word behind them. */
function flagsWithValue(help: readonly CommandHelp[]): ReadonlySet<string> {
  return spellings(help.flatMap(command => command.flags).filter(({ value }) => value !== undefined));
}

function spellings(flags: CommandHelp['flags']): ReadonlySet<string> {
  return new Set(
    flags.flatMap(({ name, char }) => (char === undefined ? [`--${name}`] : [`--${name}`, `-${char}`])),
  );
}

function isFlag(word: string): boolean {
  return word.startsWith('-') && word !== '-' && word !== '--';
}
