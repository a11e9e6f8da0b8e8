import { mkdirSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { ioFailure } from '../../archive/io-failure.ts';
import { Failure } from '../../base/errors.ts';
import { Journal } from './journal.ts';
import type { JournalHeader } from './records.ts';
import { JournalWriter } from './writer.ts';

const ENDING = '.jsonl';

/** The folder for journals when none is named: below the user's state (XDG Base Directory, `XDG_STATE_HOME`). */
export function journalFolder(env: NodeJS.ProcessEnv = process.env): string {
  const local = process.platform === 'win32' ? env.LOCALAPPDATA : undefined;
  const state = local || env.XDG_STATE_HOME || join(homedir(), '.local', 'state');
  return join(state, 'kubectl-asa-backup', 'journals');
}

/**
 * Begins a journal: at this path, in this folder, or in the user's own.
 * @throws Failure `io-error`; `refused` when the file is there already.
 */
export async function createJournal(at: string | undefined, header: JournalHeader): Promise<JournalWriter> {
  const folder = at === undefined ? journalFolder() : at;
  if (at !== undefined && !(await isFolder(at))) {
    if (await exists(at)) {
      throw new Failure('refused', 'the journal exists already', {
        subject: at,
        hints: ['pass --resume to go on from it, or name another file'],
      });
    }
    return JournalWriter.create(resolve(at), header);
  }
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unwritable(error, folder);
  }
  for (let number = 1; ; number++) {
    const path = resolve(folder, fileName(header, number));
    if (!(await exists(path))) return JournalWriter.create(path, header);
  }
}

/** The path of a journal that is named by a path, or by its name in the user's own folder. */
export async function journalNamed(name: string): Promise<string> {
  const own = join(journalFolder(), name);
  return !(await exists(name)) && !name.includes('/') && (await exists(own)) ? own : name;
}

/** All journals in a folder, oldest first; those that cannot be read are left out. */
export async function listJournals(folder: string): Promise<Journal[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw ioFailure(error, folder);
  }
  const paths = names.filter(name => name.endsWith(ENDING)).map(name => join(folder, name));
  const journals = await Promise.all(paths.map(path => Journal.read(path).catch(() => undefined)));
  return journals
    .filter(journal => journal !== undefined)
    .sort((a, b) => (a.header.startedAt < b.header.startedAt ? -1 : 1));
}

/** `20261126T185000Z-new-site.jsonl`: sorts by time, and says where. */
function fileName({ startedAt, cluster }: JournalHeader, number: number): string {
  const time = startedAt.replace(/\.\d+/, '').replaceAll(/[-:]/g, '');
  const context = cluster.context.replaceAll(/[^\w.-]+/g, '-').slice(0, 60);
  return `${time}-${context}${number === 1 ? '' : `-${number}`}${ENDING}`;
}

async function isFolder(path: string): Promise<boolean> {
  return path.endsWith('/') || (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

function unwritable(error: unknown, folder: string): Failure {
  const { code, message, hints } = ioFailure(error, folder);
  return new Failure(code, `the journal of the restore cannot be kept: ${message}`, {
    subject: folder,
    hints: ['pass --journal FILE or DIR to keep it somewhere else', ...hints],
    cause: error,
  });
}
