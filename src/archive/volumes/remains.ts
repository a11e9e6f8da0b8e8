import { open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../../base/errors.ts';
import { ioFailure } from '../io-failure.ts';
import type { Feed } from '../source.ts';
import { damagedPart, FRONT_BYTES } from './front.ts';
import { parseVolumeName } from './names.ts';
import { distinct, type Part, partsAt, readPart } from './part-files.ts';
import { arrangeVolumes, type VolumeSet } from './volume-set.ts';

/** A stretch of the archive that some file has, or should have. */
interface Stretch {
  readonly path: string;
  readonly offset: number;
  readonly size: number;
}

/**
 * What there is of an archive in parts of which some are damaged or missing, for a repair, which believes nothing but
 * digests: what is missing reads as zeros, and a part that does not say any more which one it is goes by its name.
 *
 * @returns nothing when no file is a part.
 * @throws Failure `damaged` when parts do not belong together, or none of them can be read.
 */
export async function openRemains(paths: readonly string[]): Promise<Feed | undefined> {
  const files = await distinct((await Promise.all(paths.map(withNeighbours))).flat());
  const whole: Part[] = [];
  const broken: string[] = [];
  for (const path of files) {
    const part = await readPart(path).catch(error => {
      if (error instanceof Failure && error.exit === 4) return undefined;
      throw error;
    });
    if (part !== undefined) whole.push(part);
    else if (files.length > 1 || parseVolumeName(path) !== undefined) broken.push(path);
  }
  const [like, ...others] = whole;
  if (like === undefined) return undefined;
  const set = arrangeVolumes([like, ...others]);
  const stretches = [
    ...whole.map(({ path, volume: { offset, size } }) => ({ path, offset, size })),
    ...(await Promise.all(broken.map(path => byName(path, set)))),
  ];
  return feedOf(stretches.sort((a, b) => a.offset - b.offset));
}

/** A folder stands for all parts in it, and one part for those that lie beside it. */
async function withNeighbours(path: string): Promise<string[]> {
  const archive = parseVolumeName(path)?.archive;
  const found = await partsAt(archive === undefined ? path : dirname(path));
  const same = found.filter(other => archive === undefined || parseVolumeName(other)?.archive === archive);
  return [path, ...same].filter(one => archive !== undefined || found.includes(one));
}

async function byName(path: string, { dataBytes, parts }: VolumeSet): Promise<Stretch> {
  const number = parseVolumeName(path)?.number;
  if (number === undefined || number === 0 || parts.has(number)) {
    throw damagedPart('it does not say any more which part it is, and has no name that does', path);
  }
  const { size } = await stat(path);
  return {
    path,
    offset: (number - 1) * dataBytes,
    size: Math.min(dataBytes, Math.max(0, size - FRONT_BYTES)),
  };
}

function feedOf(stretches: readonly Stretch[]): Feed {
  const size = Math.max(...stretches.map(stretch => stretch.offset + stretch.size));
  let position = 0;
  return {
    size,
    jump(to) {
      position = to;
    },
    async pull(into) {
      const at = position;
      if (at >= size) return undefined;
      const here = stretches.find(({ offset, size: bytes }) => offset <= at && at < offset + bytes);
      const next = stretches.find(({ offset }) => offset > at)?.offset ?? size;
      const end = here === undefined ? next : here.offset + here.size;
      const wanted = into.subarray(0, Math.min(into.length, end - at));
      const read = here === undefined ? wanted.fill(0) : await readAt(here, at - here.offset, wanted);
      position += read.length;
      return read;
    },
    close: async () => undefined,
  };
}

async function readAt({ path }: Stretch, at: number, into: Buffer): Promise<Buffer> {
  try {
    const handle = await open(path);
    try {
      const { bytesRead } = await handle.read(into, 0, into.length, FRONT_BYTES + at);
      return bytesRead === 0 ? into.fill(0) : into.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw ioFailure(error, path);
  }
}
