import { type FileHandle, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { Failure } from '../base/errors.ts';
import { holderName, isGone, whoHolds } from '../base/holder.ts';
import { LOCK_BYTES } from '../base/limits.ts';
import { ioFailure } from './io-failure.ts';

/** How often a lock is touched, so that others see that its holder lives, and after how long it is taken for dead. */
const BEAT_MS = 15_000;
const LASTS_MS = 120_000;

/** What is in a lock, for people and for programs. */
interface Held {
  readonly holder: string;
  /** RFC 3339. */
  readonly since: string;
}

/** The right to write an archive, as long as it is not given back. */
export interface Lock {
  release(): Promise<void>;
}

/**
 * Sees to it that one run at a time writes an archive: a file `FILE.lock` beside it.
 *
 *     there is none                                      → ours, made with O_EXCL
 *     its holder was a process of this machine, gone     → taken over: a kill or a crash left it
 *     it has not been touched for two minutes            → taken over: it was another machine's, or another container's
 *     otherwise                                          → refused, with who writes since when
 *
 * Taking over moves the old lock aside first and looks whether it is the one that was seen: of two that find it at a time,
 * one gets it.
 *
 * @throws Failure `locked`, or `io-error` where no file can be made.
 */
export async function lockArchive(path: string): Promise<Lock> {
  const file = `${path}.lock`;
  const own = JSON.stringify({ holder: holderName(), since: new Date().toISOString() } satisfies Held);
  try {
    for (;;) {
      const handle = await open(file, 'wx', 0o600).catch(unlessThere);
      if (handle !== undefined) {
        await begun(handle, own);
        return new HeldLock(file, own);
      }
      const seen = await readLock(file);
      if (seen !== undefined && !isOver(seen)) throw taken(path, seen.held);
      if (seen !== undefined) await moveAside(file, seen.text);
    }
  } catch (error) {
    throw ioFailure(error, path);
  }
}

/** Nothing is kept open of it: its medium may be taken away while parts go to others. */
class HeldLock implements Lock {
  readonly #file: string;
  readonly #own: string;
  readonly #timer: NodeJS.Timeout;

  constructor(file: string, own: string) {
    this.#file = file;
    this.#own = own;
    this.#timer = setInterval(() => void this.#beat(), BEAT_MS).unref();
  }

  async #beat(): Promise<void> {
    try {
      const now = new Date();
      if (await this.#isOurs()) await utimes(this.#file, now, now);
    } catch {
      // A medium that takes no writes any more tells so where it matters: at the archive.
    }
  }

  async #isOurs(): Promise<boolean> {
    return (await readLock(this.#file))?.text === this.#own;
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    try {
      if (await this.#isOurs()) await rm(this.#file);
    } catch {
      // Its medium is gone; the run has told so, or was done.
    }
  }
}

async function begun(handle: FileHandle, own: string): Promise<void> {
  try {
    await handle.write(own, 0);
  } finally {
    await handle.close();
  }
}

interface Seen {
  readonly text: string;
  /** Undefined when what is there says nothing. */
  readonly held: Held | undefined;
  readonly modified: number;
}

/** Nothing when it is gone by now. */
async function readLock(file: string): Promise<Seen | undefined> {
  try {
    const { mtimeMs, size } = await stat(file);
    const text = size > LOCK_BYTES ? '' : await readFile(file, 'utf8');
    return { text, held: parse(text), modified: mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(text: string): Held | undefined {
  try {
    const { holder, since } = JSON.parse(text);
    return typeof holder === 'string' && typeof since === 'string' ? { holder, since } : undefined;
  } catch {
    return undefined;
  }
}

function isOver({ text, held, modified }: Seen): boolean {
  if (held === undefined && text !== '') return false; // a file of somebody's, and no lock
  return (held !== undefined && isGone(held.holder)) || Date.now() - modified > LASTS_MS;
}

async function moveAside(file: string, seen: string): Promise<void> {
  const aside = `${file}.${process.pid}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // Somebody else was quicker, and this is that one's.
  if ((await readFile(aside, 'utf8')) === seen) await rm(aside);
  else await rename(aside, file);
}

function unlessThere(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EEXIST') throw error;
  return undefined;
}

function taken(path: string, held: Held | undefined): Failure {
  const who = held === undefined ? 'somebody' : whoHolds(held.holder);
  const since = held === undefined ? '' : `, since ${held.since}`;
  return new Failure('locked', `another export is writing it, run by ${who}${since}`, {
    subject: path,
    hints: [
      'wait until it has ended, or export to another file',
      `if it was killed on another machine, ${path}.lock is no longer believed ${LASTS_MS / 1000} s after its last sign of life`,
    ],
  });
}
