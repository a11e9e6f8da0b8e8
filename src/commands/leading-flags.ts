import type { CommandHelp } from './help/describe.ts';

/** Whether flags may stand before the command: `--context old-site list`, as kubectl takes them of its own commands. */
export function flagsLead(words: readonly string[]): boolean {
  const [first = ''] = words;
  return isFlag(first) && words.some(word => !isFlag(word));
}

/** The same words with the command first; as they are when there is none. */
export function commandFirst(words: readonly string[], help: readonly CommandHelp[]): readonly string[] {
  const at = commandAt(words, flagsWithValue(help));
  const command = words[at];
  return command === undefined ? words : [command, ...words.slice(0, at), ...words.slice(at + 1)];
}

function commandAt(words: readonly string[], withValue: ReadonlySet<string>): number {
  let at = 0;
  while (isFlag(words[at] ?? '')) at += withValue.has(words[at] ?? '') ? 2 : 1;
  return at;
}

/** As they stand on a line when their value is the word behind them. */
function flagsWithValue(help: readonly CommandHelp[]): ReadonlySet<string> {
  const flags = help.flatMap(command => command.flags).filter(({ value }) => value !== undefined);
  return new Set(
    flags.flatMap(({ name, char }) => (char === undefined ? [`--${name}`] : [`--${name}`, `-${char}`])),
  );
}

function isFlag(word: string): boolean {
  return word.startsWith('-') && word !== '-' && word !== '--';
}
