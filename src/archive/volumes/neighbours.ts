import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Failure } from '../../base/errors.ts';
import { ioFailure } from '../io-failure.ts';
import type { Volume } from './front.ts';
import { parseVolumeName } from './names.ts';
import { noPart, readPart } from './part-files.ts';

/** A file that is named as a part of an archive: the part that it is, or why it is none. */
type Neighbour = { readonly path: string } & (
  | { readonly volume: Volume; readonly problem?: undefined }
  | { readonly volume?: undefined; readonly problem: string }
);

/** What lies in a folder under the names of an archive's parts. */
export function neighboursIn(folder: string, archive: string): Promise<Neighbour[]> {
  return partsIn(folder, archive).then(paths => Promise.all(paths.map(neighbourAt)));
}

/**
 * The files in a folder that are named as parts of this archive, in order.
 *
 * @throws Failure `io-error`.
 */
export async function partsIn(folder: string, archive: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw ioFailure(error, folder);
  });
  return names
    .sort()
    .filter(name => parseVolumeName(name)?.archive === basename(archive))
    .map(name => join(folder, name));
}

async function neighbourAt(path: string): Promise<Neighbour> {
  try {
    const { volume } = (await readPart(path)) ?? noPart(path);
    return { path, volume };
  } catch (error) {
    if (error instanceof Failure) return { path, problem: error.message };
    throw error;
  }
}
