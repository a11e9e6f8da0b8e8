import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '../../base/errors.ts';
import type { HashThread } from '../../base/hash-thread.ts';
import { READ_BYTES } from '../../base/limits.ts';
import { ioFailure } from '../io-failure.ts';
import {
  backBytes,
  COPY_AGAIN,
  damagedPart,
  decodeFront,
  FRONT_BYTES,
  looksLikeVolume,
  type Volume,
} from './front.ts';
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
    // A pipe that is opened and closed is an end to whoever writes into it.
    const found = await stat(path);
    if (!found.isFile()) return undefined;
    handle = await open(path);
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
  const problem = volume.digest === undefined ? 'this part was not written to its end' : length;
  throw new Failure('incomplete', problem, { subject: path, hints: [COPY_AGAIN] });
}

/** Hashes the first bytes of a part's data. @param onRead told of the bytes of each piece. */
export async function hashData(
  hash: HashThread,
  path: string,
  bytes: number,
  onRead: (bytes: number) => void = () => {},
): Promise<void> {
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
      onRead(bytesRead);
    }
  } catch (error) {
    throw ioFailure(error, path);
  } finally {
    await handle.close();
  }
}

/**
 * What stands for parts on the command line: a part itself, or a folder, of which all files with names of parts are
 * meant.
 */
export async function partsAt(path: string): Promise<string[]> {
  if (!(await isFolder(path))) return [path];
  try {
    const names = await readdir(path);
    return names.filter(name => parseVolumeName(name)).map(name => join(path, name));
  } catch (error) {
    throw ioFailure(error, path);
  }
}

/** Whether there is a folder; of what cannot be looked at whoever opens it is told. */
export function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    found => found.isDirectory(),
    () => false,
  );
}

/** The parts among some files; undefined when none is one. @throws Failure `usage` when only some are. */
export async function findParts(paths: readonly string[]): Promise<[Part, ...Part[]] | undefined> {
  const files = await distinct((await Promise.all(paths.map(partsAt))).flat());
  const read = await Promise.all(files.map(readPart));
  const [first, ...others] = read.filter(part => part !== undefined);
  if (first === undefined && files.length <= 1) return undefined;
  const archives = new Set([first, ...others].map(part => part && parseVolumeName(part.path)?.archive));
  for (const stranger of files.filter((_, at) => read[at] === undefined)) {
    const name = parseVolumeName(stranger);
    if (name !== undefined && archives.has(name.archive)) noPart(stranger);
    // What a folder has besides parts is nobody's business.
    if (first !== undefined && !paths.includes(stranger)) continue;
    throw new Failure('usage', 'several files were given, and this one is no part of an archive', {
      subject: stranger,
      hints: ['give one archive, or the parts of one'],
    });
  }
  return first && [first, ...others];
}

/** What lies beside a part under the name of another. */
export interface Siblings {
  readonly parts: readonly Part[];
  /** Of those that cannot be taken as a part, by the number in their names: why not. */
  readonly unusable: ReadonlyMap<number, Failure>;
}

/** The parts that lie beside one, by their names. */
export async function siblingsOf({ path }: Part): Promise<Siblings> {
  const own = parseVolumeName(path);
  const parts: Part[] = [];
  const unusable = new Map<number, Failure>();
  for (const other of own === undefined ? [] : await partsAt(dirname(path))) {
    const name = parseVolumeName(other);
    if (other === path || name?.archive !== own?.archive || name === undefined) continue;
    try {
      parts.push((await readPart(other)) ?? noPart(other));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      unusable.set(name.number, error);
    }
  }
  return { parts, unusable };
}

/** For a file that by its name must be a part. */
export function noPart(path: string): never {
  throw damagedPart('the beginning of this part is damaged, or it is another file', path);
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
