import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '../../base/errors.ts';
import type { HashThread } from '../../base/hash-thread.ts';
import { READ_BYTES } from '../../base/limits.ts';
import { ioFailure } from '../io-failure.ts';
import { backBytes, decodeFront, FRONT_BYTES, looksLikeVolume, type Volume } from './front.ts';
import { parseVolumeName } from './names.ts';

/** A part that has been found, and where. */
export interface Part {
  readonly path: string;
  readonly volume: Volume;
}

/**
 * The part that a file is; undefined for anything else, pipes and devices too.
 *
 * @throws Failure `damaged`, `incomplete`, `newer-format` or `io-error`.
 */
export async function readPart(path: string): Promise<Part | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path);
    const found = await handle.stat();
    if (!found.isFile()) return undefined;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(FRONT_BYTES), 0, FRONT_BYTES, 0);
    const front = buffer.subarray(0, bytesRead);
    if (!looksLikeVolume(front)) return undefined;
    const volume = decodeFront(front, path);
    return { path, volume: checkLength(volume, found.size, path) };
  } catch (error) {
    throw ioFailure(error, path);
  } finally {
    await handle?.close();
  }
}

/** Known from the length alone, before anything is read. */
function checkLength(volume: Volume, bytes: number, path: string): Volume {
  const expected = FRONT_BYTES + volume.size + backBytes(volume.size);
  if (volume.digest !== undefined && bytes === expected) return volume;
  const length = `it has ${bytes} of ${expected} bytes`;
  throw new Failure(
    'incomplete',
    volume.digest === undefined ? 'this part was not written to its end' : length,
    {
      subject: path,
      hints: ['copy this part again from where it was made'],
    },
  );
}

/** Hashes the first bytes of a part's data. */
export async function hashData(hash: HashThread, path: string, bytes: number): Promise<void> {
  const handle = await open(path);
  try {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    for (let at = 0; at < bytes; ) {
      const { bytesRead } = await handle.read(
        buffer,
        0,
        Math.min(buffer.length, bytes - at),
        FRONT_BYTES + at,
      );
      if (bytesRead === 0) return;
      await hash.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
  } catch (error) {
    throw ioFailure(error, path);
  } finally {
    await handle.close();
  }
}

/** What stands for parts on the command line: a part itself, or a folder, of which all files with names of parts are meant. */
export async function partsAt(path: string): Promise<string[]> {
  const isFolder = await stat(path)
    .then(found => found.isDirectory())
    .catch(() => false);
  if (!isFolder) return [path];
  try {
    const names = await readdir(path);
    return names.filter(name => parseVolumeName(name)).map(name => join(path, name));
  } catch (error) {
    throw ioFailure(error, path);
  }
}

/** The parts that lie beside one, by their names. */
export async function siblingsOf({ path }: Part): Promise<Part[]> {
  const archive = parseVolumeName(path)?.archive;
  if (archive === undefined) return [];
  const others = (await partsAt(dirname(path))).filter(
    other => other !== path && parseVolumeName(other)?.archive === archive,
  );
  const parts = await Promise.all(others.map(other => readPart(other).catch(() => undefined)));
  return parts.filter(part => part !== undefined);
}

/** One file under two names is one part. */
export async function distinct(paths: readonly string[]): Promise<string[]> {
  const seen = new Map<string, string>();
  for (const path of paths) {
    const real = await realpath(path).catch(() => path);
    if (!seen.has(real)) seen.set(real, path);
  }
  return [...seen.values()];
}
