import pjson from '../../../package.json' with { type: 'json' };
import { widthOfTerminal, wrapWords } from '../../progress/text.ts';
import { type CommandHelp, examplesOf, type FlagHelp } from './describe.ts';

/** Columns of a help text, however wide the terminal: longer lines are hard to read. */
const WIDEST = 100;

/** What the program is and which commands it has, in the layout of kubectl. */
export function rootHelp(commands: readonly CommandHelp[], program: string, columns: number): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 4;
  return [
    paragraph(pjson.description, columns),
    section(
      'Available Commands',
      commands.map(({ name, summary }) => indented(name.padEnd(width), summary, columns)),
    ),
    section('Usage', [`  ${program} COMMAND [options]`]),
    `Use "${program} COMMAND --help" for more information about a given command.`,
    `Use "${program} options" for the options that all commands have which talk to a cluster.`,
  ].join('\n\n');
}

/** One command, in the layout of kubectl. */
export function commandHelp(command: CommandHelp, program: string, columns: number): string {
  const own = command.flags.filter(({ global }) => !global);
  return [
    paragraph(command.summary, columns),
    ...command.description.map(text => ` ${paragraph(text, columns - 1).replaceAll('\n', '\n ')}`),
    section(
      'Examples',
      examplesOf(command, program).flatMap(({ text, command: line }) => [
        ...(text ? [`  # ${text}`] : []),
        `  ${line}`,
      ]),
    ),
    section(
      'Arguments',
      command.args.map(({ name, summary }) => indented(name.padEnd(12), summary, columns)),
    ),
    section(
      'Options',
      own.map(flag => flagHelp(flag, columns)),
    ),
    section(
      'Usage',
      command.usage.map(line => `  ${program} ${line}`),
    ),
    ...(own.length < command.flags.length
      ? [
          `Use "${program} options" for how to reach the cluster (these options apply to all commands that do).`,
        ]
      : []),
  ]
    .filter(part => part !== '')
    .join('\n\n');
}

/** What `kubectl options` is to kubectl. */
export function optionsHelp(flags: readonly FlagHelp[], columns: number): string {
  return [
    'The following options can be passed to any command that talks to a cluster:',
    flags.map(flag => flagHelp(flag, columns)).join('\n\n'),
  ].join('\n\n');
}

export function helpColumns(): number {
  return Math.min(widthOfTerminal(process.stdout), WIDEST);
}

function flagHelp(flag: FlagHelp, columns: number): string {
  const { name, char, value, negatable } = flag;
  const short = char === undefined ? '    ' : `    -${char}, `;
  const given = value === undefined ? `=${flag.default ?? 'false'}` : `=${flag.default ?? value}`;
  const text = `${flag.summary}${negatable ? ` (--no-${name} turns it off)` : ''}`;
  const options = value !== undefined && flag.options.length > 0 ? `: ${flag.options.join(', ')}` : '';
  return `${short}--${name}${given}:\n${indented('        ', `${text}${options}.`, columns)}`;
}

function section(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return [`${title}:`, ...lines].join(title === 'Options' ? '\n\n' : '\n').replace(':\n\n', ':\n');
}

function paragraph(text: string, columns: number): string {
  const sentence = /[.:!?]$/.test(text) ? text : `${text}.`;
  return wrapWords(sentence, columns).join('\n');
}

function indented(lead: string, text: string, columns: number): string {
  const first = lead.trim() === '' ? lead : `  ${lead}`;
  return first + wrapWords(text, columns - first.length).join(`\n${' '.repeat(first.length)}`);
}
