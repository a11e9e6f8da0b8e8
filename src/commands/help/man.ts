import pjson from '../../../package.json' with { type: 'json' };
import { EXIT } from '../../base/errors.ts';
import { PROGRAM_NAME, TOOL_NAME } from '../program/names.ts';
import { type CommandHelp, examplesOf, type FlagHelp } from './describe.ts';

const EXITS: Record<keyof typeof EXIT, string> = {
  done: 'done, nothing is missing',
  failed: 'failed: the cluster, a registry or the disk',
  usage: 'wrong usage',
  losses: 'done, with losses; each is named',
  damaged: 'the archive is damaged, incomplete, or none',
  refused: 'refused; nothing was changed',
  unchecked: 'right as far as it could be checked: the base was not given',
  interrupted: 'interrupted',
};

/** The manual page of a command, in the man macros of roff (man(7)). */
export function manualOf(help: CommandHelp): string {
  const { name, summary, description, usage, args, flags } = help;
  return [
    `.TH ${`${PROGRAM_NAME}-${name}`.toUpperCase()} 1 "" "asa-backup ${pjson.version}"`,
    '.SH NAME',
    `${PROGRAM_NAME}\\-${name} \\- ${roff(summary)}`,
    '.SH SYNOPSIS',
    usage.map(line => `.B ${roff(`${TOOL_NAME} ${line}`)}`).join('\n.br\n'),
    '.SH DESCRIPTION',
    roff(`${summary}.`),
    ...description.flatMap(text => ['.PP', roff(text)]),
    ...titled('ARGUMENTS', args, arg => ['.TP', `.I ${arg.name}`, roff(`${arg.summary}.`)]),
    ...titled('OPTIONS', flags, flagLines),
    ...titled('EXAMPLES', examplesOf(help, TOOL_NAME), ({ text, command }) => [
      ...(text === undefined ? ['.PP'] : ['.PP', roff(text)]),
      '.nf',
      roff(command),
      '.fi',
    ]),
    ...EXIT_STATUS,
  ].join('\n');
}

/** The manual page of the program: what it is, and the pages of its commands. */
export function manualOfAll(commands: readonly CommandHelp[]): string {
  return [
    `.TH ${PROGRAM_NAME.toUpperCase()} 1 "" "asa-backup ${pjson.version}"`,
    '.SH NAME',
    `${PROGRAM_NAME} \\- ${roff(pjson.description)}`,
    '.SH SYNOPSIS',
    `.B ${roff(`${TOOL_NAME} COMMAND [options]`)}`,
    '.SH DESCRIPTION',
    roff(`${pjson.description}.`),
    ...titled('COMMANDS', commands, ({ name, summary }) => [
      '.TP',
      `.BR ${roff(`${PROGRAM_NAME}-${name}`)} (1)`,
      roff(`${summary}.`),
    ]),
    ...EXIT_STATUS,
  ].join('\n');
}

const EXIT_STATUS = [
  '.SH EXIT STATUS',
  ...Object.entries(EXIT).flatMap(([key, code]) => ['.TP', `.B ${code}`, EXITS[key as keyof typeof EXIT]]),
];

function flagLines({ name, char, value, summary, options, default: byDefault }: FlagHelp): string[] {
  const long = `\\-\\-${roff(name)}${value === undefined ? '' : `=${roff(value)}`}`;
  return [
    '.TP',
    `.B ${char === undefined ? long : `\\-${char}, ${long}`}`,
    roff(
      `${summary}.${options.length > 0 ? ` One of ${options.join(', ')}.` : ''}${byDefault === undefined ? '' : ` Otherwise ${byDefault}.`}`,
    ),
  ];
}

function titled<T>(title: string, items: readonly T[], lines: (item: T) => string[]): string[] {
  return items.length === 0 ? [] : [`.SH ${title}`, ...items.flatMap(lines)];
}

/** Hyphens that stay hyphens, and no line that roff would take for a request. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^([.'])/gm, '\\&$1');
}
