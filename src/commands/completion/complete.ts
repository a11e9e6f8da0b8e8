import { HELP } from '../help/all.ts';
import { type CommandHelp, type FlagHelp, globalFlags } from '../help/describe.ts';
import { commandFirst } from '../program/leading-flags.ts';

/** One word that could stand where the cursor is. */
export interface Candidate {
  readonly value: string;
  readonly description?: string;
}

/** What the shell does beside offering the candidates: Cobra's ShellCompDirective, which kubectl and tanzu read. */
export const DIRECTIVE = { files: 0, noFiles: 4 } as const;

export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly directive: (typeof DIRECTIVE)[keyof typeof DIRECTIVE];
}

/** What is on the line, for values that come from a cluster or an archive. */
export interface Line {
  readonly command: string;
  /** Values of flags that were given before the cursor, by the flag's name. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly positional: readonly string[];
}

/** Names that some flag may have, such as contexts and orgs; undefined when nobody knows any. */
export type Values = (flag: string, line: Line) => Promise<readonly Candidate[] | undefined>;

/** Which positional arguments are words to choose from; all others are files. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  completion: ['bash', 'zsh', 'fish', 'powershell'],
};

/**
 * What can stand at the cursor.
 * @param words behind the program's name; the last is the one at the cursor, empty when nothing of it is typed
 */
export async function complete(words: readonly string[], values: Values): Promise<Completion> {
  const before = commandFirst(words.slice(0, -1), HELP);
  const word = words.at(-1) ?? '';
  const [name = '-'] = before;
  if (name.startsWith('-')) return completeBeforeCommand(before, word, values);
  const command = HELP.find(other => other.name === (name === 'help' ? before[1] : name));
  if (name === 'help' && command === undefined) return offer(word, HELP.map(titled));
  if (command === undefined || name === 'help') return NOTHING;
  return completeIn(command, before.slice(1), word, values);
}

const NOTHING: Completion = { candidates: [], directive: DIRECTIVE.noFiles };

/** Only flags stand there, if anything does. */
async function completeBeforeCommand(
  before: readonly string[],
  word: string,
  values: Values,
): Promise<Completion> {
  const any = { name: '', flags: globalFlags(HELP), args: [] };
  const isCommand = readLine(any, before).open === undefined && !word.startsWith('-');
  return isCommand ? offer(word, HELP.map(titled)) : completeIn(any, before, word, values);
}

/** What completion needs of a command. */
type Completed = Pick<CommandHelp, 'name' | 'flags' | 'args'>;

async function completeIn(
  command: Completed,
  before: readonly string[],
  word: string,
  values: Values,
): Promise<Completion> {
  const { line, open } = readLine(command, before);
  if (open !== undefined) return completeValue(open, '', word, line, values);
  if (before.includes('--') || !word.startsWith('-')) {
    const choices = ARGUMENTS[command.name];
    if (choices !== undefined)
      return offer(
        word,
        choices.map(value => ({ value })),
      );
    return command.args.length > 0 ? { candidates: [], directive: DIRECTIVE.files } : NOTHING;
  }
  const [, long, start] = /^--([\w-]+)=(.*)$/s.exec(word) ?? [];
  if (long !== undefined) {
    const flag = command.flags.find(other => other.name === long && other.value !== undefined);
    return flag === undefined ? NOTHING : completeValue(flag, `--${long}=`, start ?? '', line, values);
  }
  const left = command.flags.filter(flag => flag.multiple || !line.flags.has(flag.name));
  return offer(word, [
    ...left.flatMap(flagWords),
    { value: '--help', description: 'Show the help of this command' },
  ]);
}

/** The flags and arguments before the cursor, and the flag whose value is to come. */
function readLine(command: Completed, before: readonly string[]): { line: Line; open: FlagHelp | undefined } {
  const flags = new Map<string, string[]>();
  const positional: string[] = [];
  let open: FlagHelp | undefined;
  const note = (flag: FlagHelp, value: string) =>
    flags.set(flag.name, [...(flags.get(flag.name) ?? []), value]);
  for (const word of before) {
    if (open !== undefined) {
      note(open, word);
      open = undefined;
      continue;
    }
    const [, dashes = '', name = '', value] = /^(--?)([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const flag = command.flags.find(other => (dashes === '--' ? other.name : other.char) === name);
    if (flag === undefined) {
      if (!word.startsWith('-') || word === '-') positional.push(word);
    } else if (flag.value === undefined || value !== undefined) note(flag, value ?? 'true');
    else open = flag;
  }
  return { line: { command: command.name, flags, positional }, open };
}

/** @param prefix what of the word stands before the value, as in `--output=` */
async function completeValue(
  flag: FlagHelp,
  prefix: string,
  start: string,
  line: Line,
  values: Values,
): Promise<Completion> {
  const known =
    flag.options.length > 0 ? flag.options.map(value => ({ value })) : await values(flag.name, line);
  if (known !== undefined) {
    return offer(
      prefix + start,
      known.map(({ value, ...rest }) => ({ value: prefix + value, ...rest })),
    );
  }
  return /FILE|FOLDER|DIR/.test(flag.value ?? '') ? { candidates: [], directive: DIRECTIVE.files } : NOTHING;
}

function offer(word: string, all: readonly Candidate[]): Completion {
  return { candidates: all.filter(({ value }) => value.startsWith(word)), directive: DIRECTIVE.noFiles };
}

function titled({ name, summary }: CommandHelp): Candidate {
  return { value: name, description: summary };
}

function flagWords({ name, summary, negatable }: FlagHelp): Candidate[] {
  const on = { value: `--${name}`, description: summary };
  return negatable ? [on, { value: `--no-${name}`, description: `Not: ${summary}` }] : [on];
}
