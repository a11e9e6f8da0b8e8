import { stat } from 'node:fs/promises';
import { Failure } from '../base/errors.ts';
import { type Base, Bases, inFile } from './bases.ts';
import { ioFailure } from './io-failure.ts';
import { openArchive } from './open-archive.ts';
import type { ArchiveReader } from './reader.ts';
import { partsAt, readPart } from './volumes/part-files.ts';

/**
 * @param paths of archives, of parts of these, or of folders with parts.
 * @throws Failure `usage` for what cannot be a base; else as opening an archive does, with the file in its subject.
 */
export async function openBases(paths: readonly string[]): Promise<Bases> {
  const all: Base[] = [];
  try {
    for (const files of await byBackup(paths)) all.push(await openBase(files));
  } catch (error) {
    await new Bases(all).close();
    throw error;
  }
  return new Bases(all);
}

/** The files of each archive: its parts may be given one by one. */
async function byBackup(paths: readonly string[]): Promise<string[][]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    await checkSeekable(path);
    const files = await partsAt(path);
    if (files.length === 0)
      throw new Failure('usage', 'there is no part of an archive in this folder', { subject: path });
    for (const file of files) {
      const key = (await readPart(file))?.volume.backup ?? file;
      groups.set(key, [...(groups.get(key) ?? []), file]);
    }
  }
  return [...groups.values()];
}

/** The order in which layers are read of a base is that of the archive which left them there. */
async function checkSeekable(path: string): Promise<void> {
  const isStream = path === '-' || !(await kindOf(path)).some(is => is);
  if (!isStream) return;
  throw new Failure('usage', 'a base is read here and there, and has to be a file', {
    subject: path === '-' ? 'standard input' : path,
    hints: ['copy it to a disk first'],
  });
}

async function kindOf(path: string): Promise<boolean[]> {
  try {
    const found = await stat(path);
    return [found.isFile(), found.isDirectory()];
  } catch (error) {
    throw ioFailure(error, path);
  }
}

async function openBase(files: readonly string[]): Promise<Base> {
  const [file = ''] = files;
  let archive: ArchiveReader | undefined;
  try {
    archive = await openArchive(files, { resourcesAside: true });
    await archive.sealAhead();
    if (archive.head.plan.redacted)
      throw new Failure('usage', 'a redacted copy has no layers, and is no base', { subject: file });
    return { file, head: archive.head, archive };
  } catch (error) {
    await archive?.close();
    throw inFile(file, error);
  }
}
