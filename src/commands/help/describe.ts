import type { Command } from '@oclif/core';
import type { BaseCommand } from '../program/base.ts';

/** A flag as help tells of it. */
export interface FlagHelp {
  readonly name: string;
  readonly char?: string;
  /** What stands for its value; undefined for a switch. */
  readonly value?: string;
  readonly summary: string;
  readonly default?: string;
  /** The values that it may have. */
  readonly options: readonly string[];
  readonly multiple: boolean;
  /** `--no-NAME` turns it off. */
  readonly negatable: boolean;
  /** One that is the same for every command that talks to a cluster. */
  readonly global: boolean;
}

export interface ExampleHelp {
  readonly text?: string;
  readonly command: string;
}

/** A command as help, manual pages and completion tell of it. */
export interface CommandHelp {
  readonly name: string;
  readonly summary: string;
  /** Paragraphs. */
  readonly description: readonly string[];
  /** With a placeholder for the program's name; see {@link examplesOf}. */
  readonly examples: readonly ExampleHelp[];
  /** The ways to call it: `restore FILE|- [options]`, without the program's name. */
  readonly usage: readonly string[];
  readonly args: readonly { readonly name: string; readonly summary: string }[];
  /** By name. */
  readonly flags: readonly FlagHelp[];
}

/** The flags that are the same for every command that talks to a cluster. */
export function globalFlags(help: readonly CommandHelp[]): FlagHelp[] {
  const flags = help.flatMap(command => command.flags).filter(({ global }) => global);
  return [...new Map(flags.map(flag => [flag.name, flag])).values()];
}

/** What a command's class says of it. */
type DescribedCommand = typeof BaseCommand;

/** Where the name stands by which the program was called, in examples. */
const CALLED = '<%= config.bin %>';

/** The examples as they would be typed, with the name by which the program was called. */
export function examplesOf({ examples }: CommandHelp, program: string): ExampleHelp[] {
  return examples.map(({ command, ...rest }) => ({ ...rest, command: command.replaceAll(CALLED, program) }));
}

export function describeCommand(name: string, command: DescribedCommand): CommandHelp {
  return {
    name,
    summary: command.summary ?? '',
    description: (command.description ?? '').split('\n\n').filter(paragraph => paragraph !== ''),
    examples: (command.examples ?? []).map(exampleOf),
    usage: [command.usage ?? name].flat().map(line => line.replace('[FLAGS]', '[options]')),
    args: Object.entries(command.args ?? {}).map(([arg, { description }]) => ({
      name: arg.toUpperCase(),
      summary: description ?? '',
    })),
    flags: Object.entries(command.flags ?? {})
      .filter(([, flag]) => flag.hidden !== true)
      .map(([flagName, flag]) => describeFlag(flagName, flag as FlagDefinition))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** What oclif keeps of a flag, as far as help needs it. */
interface FlagDefinition {
  readonly type: 'boolean' | 'option';
  readonly char?: string;
  readonly summary?: string;
  readonly helpValue?: string;
  readonly helpGroup?: string;
  readonly default?: unknown;
  readonly options?: readonly string[];
  readonly multiple?: boolean;
  readonly allowNo?: boolean;
}

function describeFlag(name: string, flag: FlagDefinition): FlagHelp {
  const { char, options = [] } = flag;
  return {
    name,
    ...(char !== undefined && { char }),
    ...(flag.type === 'option' && {
      value: flag.helpValue ?? (options.length > 0 ? options.join('|') : 'VALUE'),
    }),
    summary: flag.summary ?? '',
    ...(['string', 'number', 'boolean'].includes(typeof flag.default) && { default: String(flag.default) }),
    options,
    multiple: flag.multiple === true,
    negatable: flag.allowNo === true,
    global: flag.helpGroup === 'CLUSTER',
  };
}

function exampleOf(example: Command.Example): ExampleHelp {
  return typeof example === 'string'
    ? { command: example }
    : { text: example.description, command: example.command };
}
