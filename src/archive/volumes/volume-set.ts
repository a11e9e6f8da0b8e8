import { Failure } from '../../base/errors.ts';
import type { Part } from './part-files.ts';

/** The parts of one backup that have been found so far, by their numbers. */
export interface VolumeSet {
  /** The part that was found first. */
  readonly like: Part;
  readonly parts: ReadonlyMap<number, Part>;
  /** Bytes of the archive in each part but the last; undefined as long as only the first, which is the last, is there. */
  readonly dataBytes: number;
  /** How many there are; undefined before the last has been found. */
  readonly count: number | undefined;
}

/**
 * Parts of one backup, one way of cutting it, each once.
 *
 * @throws Failure `damaged` that names the part which does not belong.
 */
export function arrangeVolumes(found: readonly [Part, ...Part[]]): VolumeSet {
  const [like] = found;
  const parts = new Map<number, Part>();
  const stranger = found.find(part => !isSameBackup(part, like));
  if (stranger !== undefined)
    throw unfit(`it is a part of another backup, ${madeAt(stranger)}`, placeOf(stranger, like));
  const dataBytes = found.map(dataBytesOf).find(bytes => bytes !== undefined) ?? like.volume.size;
  const count = found.map(({ volume }) => volume.count).find(number => number !== undefined);
  for (const part of found) {
    const { number } = part.volume;
    if (!fits(part, dataBytes, count))
      throw unfit('it is of the same backup, cut in another way', placeOf(part, like));
    const twin = parts.get(number);
    if (twin !== undefined) throw unfit(`part ${number} is there twice`, `${twin.path}, ${part.path}`);
    parts.set(number, part);
  }
  return { like, parts, dataBytes, count };
}

/** A part that a set may take in: of the same backup and the same cut. */
export function belongs(part: Part, { like, dataBytes, count }: VolumeSet): boolean {
  return isSameBackup(part, like) && fits(part, dataBytes, count);
}

/** The numbers that are not there; as long as the last part is not known, that of the one after the highest. */
export function missingFrom({ parts, count }: VolumeSet): number[] {
  const upTo = count ?? Math.max(...parts.keys()) + 1;
  return Array.from({ length: upTo }, (_, at) => at + 1).filter(number => !parts.has(number));
}

/**
 * What to say of parts that are missing.
 *
 * @param strangers parts that lie beside those given and do not belong.
 * @param unusable why files that are named as parts are none, by number: then such a part is what there is to tell of.
 */
export function missingFailure(
  set: VolumeSet,
  strangers: readonly Part[] = [],
  unusable: ReadonlyMap<number, Failure> = new Map(),
): Failure {
  const missing = missingFrom(set);
  const absent = missing.filter(number => !unusable.has(number));
  const [first, ...others] = missing.flatMap(number => unusable.get(number) ?? []);
  if (first !== undefined) {
    const all = absent.length === 0 ? [] : [`${missingParts(absent, set)} besides`];
    const more = others.map(({ subject, message }) => `${subject} will not do either: ${message}`);
    return new Failure(first.code, first.message, {
      ...(first.subject !== undefined && { subject: first.subject }),
      hints: [...first.hints, ...more, ...all],
      cause: first.cause,
    });
  }
  return new Failure('incomplete', `the archive is incomplete: ${missingParts(missing, set)}`, {
    subject: set.like.path,
    hints: [
      ...strangers
        .filter(({ volume }) => missing.includes(volume.number))
        .map(part => `${part.path} is part ${part.volume.number} of another backup, ${madeAt(part)}`),
      'give all parts, in any order, or the folders that they are in',
    ],
  });
}

/** `parts 2 and 4 of 5 are missing`. */
function missingParts(missing: readonly number[], { count }: VolumeSet): string {
  const numbers = missing.length === 1 ? `part ${missing[0]}` : `parts ${some(missing)}`;
  const all = count === undefined ? ', and perhaps further ones,' : ` of ${count}`;
  return `${numbers}${all} ${missing.length === 1 ? 'is' : 'are'} missing`;
}

export function madeAt({ volume: { createdAt } }: Part): string {
  return `made at ${createdAt}`;
}

function isSameBackup(a: Part, b: Part): boolean {
  return a.volume.backup === b.volume.backup && a.volume.createdAt === b.volume.createdAt;
}

function dataBytesOf({ volume: { number, offset, size, count } }: Part): number | undefined {
  if (number > 1) return offset / (number - 1);
  return count === undefined ? size : undefined;
}

function fits({ volume }: Part, dataBytes: number, count: number | undefined): boolean {
  const isLast = volume.count !== undefined;
  if (!Number.isSafeInteger(dataBytes)) return false;
  if (volume.offset !== (volume.number - 1) * dataBytes) return false;
  if (isLast ? volume.size > dataBytes : volume.size !== dataBytes) return false;
  return count === undefined || (isLast ? volume.count === count : volume.number < count);
}

function unfit(message: string, subject: string): Failure {
  return new Failure('damaged', message, {
    subject,
    hints: ['give the parts of one backup as they were cut, each of them once'],
  });
}

function placeOf(part: Part, like: Part): string {
  return `${part.path}, beside ${like.path} ${madeAt(like)}`;
}

/** `2, 4 and 9`. */
function some(numbers: readonly number[]): string {
  const shown = numbers.slice(0, 8);
  const rest = numbers.length - shown.length;
  const [last, ...others] = rest > 0 ? [`${rest} more`, ...shown.reverse()] : shown.reverse();
  return `${others.reverse().join(', ')} and ${last}`;
}
