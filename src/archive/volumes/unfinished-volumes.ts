import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../../base/errors.ts';
import { partialOf, reopenFileSink } from '../file-sink.ts';
import { ioFailure } from '../io-failure.ts';
import { BACK_BYTES, decodeFront, FRONT_BYTES, looksLikeVolume, type Volume } from './front.ts';
import { parseVolumeName } from './names.ts';
import { type Part, readPart } from './part-files.ts';
import type { AskForPart } from './part-finder.ts';
import { VolumeFeed } from './volume-feed.ts';
import { missingFailure, missingFrom, type VolumeSet } from './volume-set.ts';
import { type VolumeOptions, VolumeSink } from './volume-sink.ts';

/** Parts of an archive of which the last was never written. */
export interface UnfinishedVolumes {
  /** What there is of the archive. */
  readonly feed: VolumeFeed;
  /** Goes on with the parts at a byte of the archive; what is behind it goes. */
  reopen(position: number, options: Omit<VolumeOptions, 'volumeBytes'>): Promise<VolumeSink>;
}

/**
 * The parts that an interrupted export has left beside each other, and on other media if somebody can be asked for them.
 *
 * @returns nothing where there are none.
 * @throws Failure `usage` when they are whole, `incomplete` when one before the last is missing.
 */
export async function findUnfinishedVolumes(
  archive: string,
  ask?: AskForPart,
): Promise<UnfinishedVolumes | undefined> {
  const whole = await Promise.all((await named(archive)).map(readPart));
  const partial = await readPartial(archive);
  const found = [...whole, partial].filter(part => part !== undefined);
  const [like] = found;
  if (like === undefined) return undefined;
  if (found.some(({ volume }) => volume.count !== undefined)) {
    throw new Failure('usage', 'there is nothing to go on with: all parts are there', { subject: like.path });
  }
  const dataBytes = (whole[0] ?? like).volume.size;
  const parts = new Map(found.map(part => [part.volume.number, part]));
  const set: VolumeSet = { like, parts, dataBytes, count: undefined };
  const upTo = Math.max(...parts.keys());
  const missing = missingFrom(set).filter(number => number < upTo);
  if (missing.length > 0 && ask === undefined) throw missingFailure({ ...set, count: upTo });
  const held = partial === undefined ? 0 : await dataIn(partial.path);
  if (partial !== undefined) {
    parts.set(partial.volume.number, {
      ...partial,
      volume: { ...partial.volume, size: Math.min(held, dataBytes) },
    });
  }
  const feed = new VolumeFeed(set, { ask, upTo });
  return {
    feed,
    reopen: (position, options) => reopen(archive, { dataBytes, parts: feed.parts, position }, options),
  };
}

interface State {
  readonly dataBytes: number;
  readonly parts: ReadonlyMap<number, Part>;
  readonly position: number;
}

async function reopen(
  archive: string,
  { dataBytes, parts, position }: State,
  options: Omit<VolumeOptions, 'volumeBytes'>,
): Promise<VolumeSink> {
  const volumeBytes = FRONT_BYTES + dataBytes + BACK_BYTES;
  const numbers = [...parts.keys()].sort((a, b) => a - b);
  const full = (number: number) =>
    number * dataBytes <= position && parts.get(number)?.volume.digest !== undefined;
  const done = numbers.filter(full).map(number => parts.get(number)?.path ?? '');
  const number = done.length + 1;
  for (const later of numbers.filter(one => one > number))
    await rm(parts.get(later)?.path ?? '', { force: true });
  const begun = parts.get(number);
  const sinkOptions = { ...options, volumeBytes };
  if (begun === undefined) return new VolumeSink(archive, sinkOptions, { done, position });
  const path = begun.path.replace(/\.partial$/, '');
  // A part that had its name already, and turned out to be damaged.
  if (begun.path !== partialOf(path)) await rename(begun.path, partialOf(path));
  const written = position - (number - 1) * dataBytes;
  const file = await reopenFileSink(path, FRONT_BYTES + written);
  const beside = join(dirname(path), basename(archive));
  return new VolumeSink(beside, sinkOptions, {
    done,
    position,
    open: { file, path: partialOf(path), written },
  });
}

/** The part that is being written: its front says what it will be, or what it is, if it was about to get its name. */
async function readPartial(archive: string): Promise<Part | undefined> {
  const [path] = (await named(archive, '.partial')).reverse();
  if (path === undefined) return undefined;
  let handle: FileHandle | undefined;
  try {
    handle = await open(path);
    const front = Buffer.alloc(FRONT_BYTES);
    await handle.read(front, 0, FRONT_BYTES, 0);
    if (!looksLikeVolume(front)) return undefined;
    const { digest: _, count: __, ...volume }: Volume = decodeFront(front, path);
    return { path, volume };
  } catch (error) {
    throw ioFailure(error, path);
  } finally {
    await handle?.close();
  }
}

async function dataIn(path: string): Promise<number> {
  const handle = await open(path);
  try {
    return Math.max(0, (await handle.stat()).size - FRONT_BYTES);
  } finally {
    await handle.close();
  }
}

/** Files beside an archive that are named as its parts, in order. */
async function named(archive: string, suffix = ''): Promise<string[]> {
  const names = await readdir(dirname(archive)).catch(error => {
    throw ioFailure(error, archive);
  });
  return names
    .filter(name => name.endsWith(suffix))
    .filter(
      name => parseVolumeName(name.slice(0, name.length - suffix.length))?.archive === basename(archive),
    )
    .sort()
    .map(name => join(dirname(archive), name));
}
