import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pjson from '../../../package.json' with { type: 'json' };
import { Failure, reasonOf } from '../../base/errors.ts';
import { PROGRAM_NAME } from '../program/names.ts';
import { HELP } from './all.ts';
import { manualOf, manualOfAll } from './man.ts';
import { commandHelp } from './text.ts';

const COLUMNS = 80;

/** A Markdown file for every command, named as the Tanzu CLI expects them. @throws Failure `io-error` */
export function writeMarkdown(folder: string): Promise<void> {
  const program = 'tanzu asa-backup';
  return writeAll(folder, [
    {
      name: 'tanzu_asa-backup.md',
      text: [
        `## ${program}`,
        pjson.description,
        '### Commands',
        HELP.map(
          ({ name, summary }) => `* [${program} ${name}](tanzu_asa-backup_${name}.md) - ${summary}`,
        ).join('\n'),
      ].join('\n\n'),
    },
    ...HELP.map(command => ({
      name: `tanzu_asa-backup_${command.name}.md`,
      text: `## ${program} ${command.name}\n\n\`\`\`\n${commandHelp(command, program, COLUMNS)}\n\`\`\``,
    })),
  ]);
}

/** A manual page for the program and for every command, for section 1. @throws Failure `io-error` */
export function writeManuals(folder: string): Promise<void> {
  return writeAll(folder, [
    { name: `${PROGRAM_NAME}.1`, text: manualOfAll(HELP) },
    ...HELP.map(command => ({ name: `${PROGRAM_NAME}-${command.name}.1`, text: manualOf(command) })),
  ]);
}

async function writeAll(folder: string, pages: readonly { name: string; text: string }[]): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await Promise.all(pages.map(({ name, text }) => writeFile(join(folder, name), `${text}\n`)));
  } catch (error) {
    throw new Failure('io-error', `the pages cannot be written: ${reasonOf(error)}`, {
      subject: folder,
      cause: error,
    });
  }
}
