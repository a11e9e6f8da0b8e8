import { Failure } from '../../base/errors.ts';
import { BLOCK } from '../tar.ts';
import { BACK_BYTES, FRONT_BYTES } from './front.ts';

const MiB = 1024 ** 2;

/** Media by name, with the bytes that a file on them may have. */
const MEDIA: Record<string, number> = {
  /** The largest file that FAT takes. */
  fat32: 4 * 1024 ** 3 - 1,
  /** 2,295,104 sectors of 2 KiB, less what the disc's own file system needs. */
  dvd: 2_295_104 * 2048 - 8 * MiB,
  /** 11,826,176 sectors of 2 KiB, which a BD-R with spare areas has, less the file system. */
  bluray: 11_826_176 * 2048 - 16 * MiB,
};

const UNITS: Record<string, number> = {
  '': 1,
  B: 1,
  KiB: 1024,
  MiB: MiB,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
};

/** Smaller parts would be little but their fronts. */
const LEAST = 64 * 1024;
/** Names have three digits, which a shell sorts rightly. */
const MOST_VOLUMES = 999;

const HINT = 'give a size such as 4GiB-1, 700MB or 4294967295, or one of fat32, dvd, bluray';

/**
 * The bytes of a part's file, as `--volume-size` has them: a medium's name, or a number with or without a unit, with
 * or without some bytes less.
 *
 * @throws Failure `usage`.
 */
export function parseVolumeSize(text: string): number {
  const named = MEDIA[text.toLowerCase()];
  if (named !== undefined) return named;
  const [, number = '', unit = '', less = '0'] = /^(\d{1,15})([A-Za-z]*)(?:-(\d{1,15}))?$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (number === '' || factor === undefined) {
    const meant = /^\d+[kmgt]$/i.test(text) ? [`say which unit is meant: ${meanings(text)}`] : [HINT];
    throw new Failure('usage', `${JSON.stringify(text.slice(0, 40))} is no size of a volume`, {
      hints: meant,
    });
  }
  const bytes = Number(number) * factor - Number(less);
  if (bytes >= LEAST && Number.isSafeInteger(bytes)) return bytes;
  throw new Failure('usage', `a volume has at least ${LEAST} bytes, and ${text} is ${bytes}`, {
    hints: [HINT],
  });
}

/** Bytes of an archive that fit into a part's file of so many bytes. */
export function dataBytes(volumeBytes: number): number {
  return Math.floor((volumeBytes - FRONT_BYTES - BACK_BYTES) / BLOCK) * BLOCK;
}

/**
 * How many parts an archive of so many bytes makes.
 *
 * @throws Failure `usage` when their names could not tell them apart.
 */
export function volumesOf(totalBytes: number, volumeBytes: number): number {
  const volumes = Math.max(1, Math.ceil(totalBytes / dataBytes(volumeBytes)));
  if (volumes <= MOST_VOLUMES) return volumes;
  throw new Failure('usage', `that makes ${volumes} parts, and there can be ${MOST_VOLUMES}`, {
    hints: [`pass a --volume-size of ${Math.ceil(totalBytes / MOST_VOLUMES / MiB) + 1}MiB or more`],
  });
}

/** `4GB or 4GiB`. */
function meanings(text: string): string {
  const [number, unit] = [text.slice(0, -1), text.slice(-1).toUpperCase()];
  return `${number}${unit}B or ${number}${unit}iB`;
}
