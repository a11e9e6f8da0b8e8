import { existsSync } from 'node:fs';
import type { ArchiveFrom } from '../../archive/feed.ts';
import type { OnHeld } from '../../archive/held.ts';
import type { AskForPart } from '../../archive/volumes/part-finder.ts';
import type { WantedMedium } from '../../archive/volumes/volume-sink.ts';
import { Failure } from '../../base/errors.ts';
import { askLine, canAsk } from '../../progress/console.ts';
import { size } from '../../progress/format.ts';
import { aside, tellAside } from '../../progress/printer.ts';

/** What a command reads its archive from, and who is asked for a part that is not there: nobody without a terminal. */
export function archiveFrom(files: readonly string[]): {
  from: ArchiveFrom;
  onHeld: OnHeld;
  askForPart?: AskForPart;
} {
  const subject = files.includes('-') ? 'standard input' : nameOf(files);
  const onHeld: OnHeld = held => tellAside({ type: held ? 'held' : 'released', subject });
  if (files.includes('-')) {
    if (files.length === 1) return { from: process.stdin, onHeld };
    throw new Failure('usage', 'standard input is one archive, and cannot be a part beside files', {
      hints: ['give the files of all parts, or join them first: join PART… --output -'],
    });
  }
  return { from: files, onHeld, ...(canAsk() && { askForPart }) };
}

/** Asks for the folder of the next medium that an archive's parts go to; undefined where nobody can be asked. */
export function mediumAsker(): ((wanted: WantedMedium) => Promise<string>) | undefined {
  return canAsk() ? askForMedium : undefined;
}

/** One archive or its parts, as messages name it: one thing in any case, which stands before `is` and `has`. */
export function nameOf(files: readonly string[]): string {
  return files.length === 1 ? (files[0] ?? '') : `${files[0]} with ${files.length - 1} more`;
}

function askForMedium({ file, number, count, bytes, folder, problem }: WantedMedium): Promise<string> {
  const lines = [
    `the parts before are on their media, which can be removed now`,
    `next: part ${number} of ${count}, ${file}, ${size(bytes)}; it does not go to ${folder}: ${problem}`,
  ];
  return aside(() => askLine(lines, 'folder of the next medium', folder));
}

/** Where parts were found before in this run, by what they are parts of. */
const found = new Map<string, string>();

/** Asks once for each part, as long as it stays where it is: a wizard reads the head, and a restore reads it again. */
const askForPart: AskForPart = async ({ number, count, createdAt, folder, problem }) => {
  const part = `${number} ${createdAt}`;
  const before = found.get(part);
  if (before !== undefined && problem === undefined && existsSync(before)) return before;
  const of = count === undefined ? '' : ` of ${count}`;
  const lines = [
    ...(problem === undefined ? [] : [problem]),
    `next: part ${number}${of} of the backup made at ${createdAt}`,
  ];
  const answer = await aside(() => askLine(lines, 'its file, or the folder where it is', folder));
  found.set(part, answer);
  return answer;
};
