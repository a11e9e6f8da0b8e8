import { statfs } from 'node:fs/promises';
import { Failure } from '../base/errors.ts';
import { ioFailure } from './io-failure.ts';

/** What is known of a place for files before the first byte is written there. Sizes are bytes. */
export interface Medium {
  /** The kind of its file system; undefined where the system does not tell. */
  readonly name: string | undefined;
  readonly free: number;
  readonly largestFile: number;
}

const GiB = 1024 ** 3;

/** File systems of Linux by their magic numbers (statfs(2)), with the largest file where that is small. */
const FILE_SYSTEMS: Record<number, { name: string; largestFile?: number }> = {
  19780: { name: 'FAT', largestFile: 4 * GiB - 1 },
  16964: { name: 'HFS', largestFile: 2 * GiB - 1 },
  538032816: { name: 'exFAT' },
  1936094318: { name: 'NTFS' },
  352400198: { name: 'UDF' },
  38496: { name: 'ISO 9660' },
  61267: { name: 'ext4' },
  1481003842: { name: 'XFS' },
  2435016766: { name: 'Btrfs' },
  4076150800: { name: 'F2FS' },
  801189825: { name: 'ZFS' },
  16914836: { name: 'tmpfs' },
  26985: { name: 'NFS' },
  4266872130: { name: 'SMB' },
  4283649346: { name: 'SMB' },
};

/** @throws Failure `io-error`. */
export async function mediumOf(folder: string): Promise<Medium> {
  try {
    const { bavail, bsize, type } = await statfs(folder);
    return knownMedium(type, bavail * bsize);
  } catch (error) {
    throw ioFailure(error, folder);
  }
}

/** Elsewhere than on Linux the numbers mean something else, or nothing. */
export function knownMedium(type: number, free: number, platform: string = process.platform): Medium {
  const known = platform === 'linux' ? FILE_SYSTEMS[type] : undefined;
  return { name: known?.name, free, largestFile: known?.largestFile ?? Number.POSITIVE_INFINITY };
}

const TAKES = {
  archive: 'the archive takes ',
  copy: 'the archive takes ',
  parts: 'all parts take ',
  part: 'the part takes ',
};

/** A file before it is begun. Sizes are bytes. */
interface Wanted {
  readonly what: keyof typeof TAKES;
  readonly path: string;
  readonly bytes: number;
  /** What of it is there already. */
  readonly held?: number;
}

/**
 * Says no before a file is begun that the medium cannot take.
 *
 * @throws Failure `refused` with the size of parts that would fit.
 */
export function checkRoom(medium: Medium, { what, path, bytes, held = 0 }: Wanted): void {
  const { name, free, largestFile } = medium;
  const room = Math.min(free + held, largestFile);
  if (bytes <= room) return;
  const problem =
    bytes > largestFile
      ? `${TAKES[what]}${bytes} bytes, and a file on ${name} at most ${largestFile}`
      : `${TAKES[what]}${bytes} bytes, and ${free} are free`;
  const parts = fittingVolume(room);
  throw new Failure('refused', problem, {
    subject: path,
    hints: [
      ...(parts === undefined ? [] : WAY_OUT[what](parts)),
      ...(bytes > largestFile
        ? []
        : [
            what === 'copy'
              ? 'free some space or choose another place'
              : 'free some space, choose another place, or back up less',
          ]),
    ],
  });
}

/** What to do where a file of `--volume-size` would fit. */
const WAY_OUT: Record<Wanted['what'], (volume: string) => string[]> = {
  archive: volume => [`cut it into parts, on several media if need be: --volume-size ${volume}`],
  copy: volume => [
    `write it where there is room, and cut it onto such media: kubectl asa-backup split FILE --volume-size ${volume}`,
  ],
  part: volume => [`make the parts smaller: --volume-size ${volume}`],
  parts: () => ['on a terminal the next medium is asked for when one is full'],
};

/** The `--volume-size` that makes the most of so much room. */
function fittingVolume(room: number): string | undefined {
  if (room === 4 * GiB - 1) return '4GiB-1';
  const whole = Math.floor(room / 1024 ** 2);
  return whole < 1 ? undefined : `${whole}MiB`;
}
