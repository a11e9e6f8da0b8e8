import { access, stat } from 'node:fs/promises';
import { Failure } from '../../base/errors.ts';
import { Journal } from '../../restore/journal/journal.ts';
import { journalFolder, journalNamed, listJournals } from '../../restore/journal/place.ts';
import { stateOf } from '../../restore/journal/state.ts';

interface ResumeFlags {
  readonly resume?: boolean | undefined;
  readonly journal?: string | undefined;
}

/** A restore as it was asked for. */
interface Asked<T> {
  readonly files: readonly string[];
  readonly asked: T;
  /** Of the restore that is gone on with. */
  readonly journal?: Journal;
}

/**
 * What a command line asks for. With `--resume` it is a restore that has a journal, once more: with the flags that it
 * had, but for those that are given now. It was confirmed when it began, and looks before each write.
 *
 * @param words the command's arguments
 * @param given names of the flags that stand on the command line
 */
export async function restoreAsked<T extends ResumeFlags>(
  words: readonly string[],
  flags: T,
  given: readonly string[],
): Promise<Asked<T>> {
  if (!flags.resume) return { files: archiveNamed(words), asked: flags };
  const { journal, isArchive } = await journalToResume(words[0], flags.journal);
  checkResumable(journal);
  const { archive, flags: kept } = journal.header;
  const named = isArchive ? words : words.slice(1);
  const from = named.length > 0 ? named : [archive.file, ...(archive.others ?? [])];
  if (from.includes('-') && process.stdin.isTTY) {
    throw new Failure('usage', 'the archive came through a pipe, and there is none now', {
      subject: journal.path,
      hints: ['pipe the same archive in again'],
    });
  }
  const now = Object.fromEntries(Object.entries(flags).filter(([name]) => given.includes(name)));
  return { files: from, asked: { ...flags, ...kept, ...now, yes: true }, journal };
}

function archiveNamed(words: readonly string[]): readonly string[] {
  if (words.length > 0) return words;
  throw new Failure('usage', 'FILE is missing: the archive to read; - is standard input', {
    hints: ['see --help'],
  });
}

interface Found {
  readonly journal: Journal;
  /** Whether the command's first argument is no journal, and hence the archive. */
  readonly isArchive: boolean;
}

/**
 * The journal to go on from: `--journal FILE`, or what stands where the archive would stand, by its path or by the name
 * under which it is listed; else the last restore that did not come to its end.
 *
 * @param word the command's first argument: a journal, or the archive where that is somewhere else now
 * @throws Failure `usage` when there is none.
 */
async function journalToResume(word: string | undefined, flag: string | undefined): Promise<Found> {
  const named = flag !== undefined && !(await isFolder(flag));
  if (named) return { journal: await Journal.read(await journalNamed(flag)), isArchive: true };
  if (word !== undefined && word !== '-') {
    const path = await journalNamed(word);
    await checkThere(path);
    const read = await Journal.read(path).catch(() => undefined);
    if (read !== undefined) return { journal: read, isArchive: false };
  }
  const folder = flag ?? journalFolder();
  const journal = (await listJournals(folder)).findLast(
    one => stateOf(one) === 'interrupted' || stateOf(one) === 'failed',
  );
  if (journal !== undefined) return { journal, isArchive: true };
  throw new Failure('usage', 'there is no restore to go on with', {
    subject: folder,
    hints: ['kubectl asa-backup journals lists what was restored; name one of them to run it again'],
  });
}

/** A word that names nothing may have been meant for either. */
async function checkThere(word: string): Promise<void> {
  const code = await access(word).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code,
  );
  if (code !== 'ENOENT') return;
  throw new Failure('usage', 'neither a journal nor an archive is there', {
    subject: word,
    hints: [
      'a journal to go on from: kubectl asa-backup journals lists them',
      'an archive that is somewhere else now: name the file, or the folder with its parts',
    ],
  });
}

/** An undo leaves nothing to go on with. */
function checkResumable({ sessions, path }: Journal): void {
  if (sessions.at(-1)?.work !== 'undo') return;
  throw new Failure('refused', 'this restore was undone, or is about to be', {
    subject: path,
    hints: ['restore the archive anew, without --resume'],
  });
}

async function isFolder(path: string): Promise<boolean> {
  return path.endsWith('/') || (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
