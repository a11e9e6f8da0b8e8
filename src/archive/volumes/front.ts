import type { Digest } from '../../base/digest.ts';
import { Failure } from '../../base/errors.ts';
import { parseDocument } from '../document.ts';
import { count, digest, matching, object, oneOf, optional, where } from '../shape.ts';
import { BLOCK, decodeHeader, encodeHeader, isZero } from '../tar.ts';

/** What a part of an archive that was cut says of itself (docs/format.md, "Parts"). */
export interface Volume {
  formatVersion: number;
  /** Digest of the manifest of the backup that it belongs to. */
  backup: Digest;
  /** When that backup was made, for people. */
  createdAt: string;
  /** From 1. */
  number: number;
  /** The byte of the archive at which its data begins. */
  offset: number;
  /** Bytes of the archive that it has; of a part that is still being written, those that it will have at most. */
  size: number;
  /** sha256 of these; absent as long as the part is being written. */
  digest?: Digest;
  /** In the last part: how many there are. */
  count?: number;
}

/** What to do about one part that will not do. */
export const COPY_AGAIN = 'copy this part again from where it was made; the others need not be';

/** @returns the failure of a part that is damaged. */
export function damagedPart(message: string, file: string): Failure {
  return new Failure('damaged', message, { subject: file, hints: [COPY_AGAIN] });
}

/** The version of the form of parts that this program writes and reads. */
export const VOLUME_VERSION = 1;

/** Bytes before a part's data. */
export const FRONT_BYTES = 4096;
/** Bytes after a part's data and its padding: the end of a tar. */
export const BACK_BYTES = 2 * BLOCK;

const ENTRY = { volume: 'volume.json', readme: 'README.txt', data: 'data' } as const;
/** Where each header stands; what it is about follows. */
const AT = { volume: 0, readme: 2 * BLOCK, data: FRONT_BYTES - BLOCK } as const;
const README_BYTES = AT.data - AT.readme - BLOCK;

const members = object<Volume>({
  formatVersion: oneOf(VOLUME_VERSION),
  backup: digest,
  createdAt: matching(/^[\d:.TZ-]{20,40}$/, 'a time'),
  number: count,
  offset: count,
  size: count,
  digest: optional(digest),
  count: optional(count),
});
const shape = where(members, ({ number, count: of, offset, size }) => {
  if (number === 0 || size === 0) return 'has no number or no data';
  if (of !== undefined && of !== number) return 'says how many there are, and is not the last';
  return (number === 1) === (offset === 0) ? undefined : 'has a number that does not fit its place';
});

/** Whether a file begins as a part does. */
export function looksLikeVolume(start: Buffer): boolean {
  return start.toString('latin1', 0, ENTRY.volume.length + 1) === `${ENTRY.volume}\0`;
}

/** Everything before a part's data: three tar headers, what the part is as JSON, and the same for people. */
export function encodeFront(volume: Volume): Buffer {
  const front = Buffer.alloc(FRONT_BYTES);
  const json = JSON.stringify(shape(volume, ''));
  encodeHeader(ENTRY.volume, json.length).copy(front, AT.volume);
  front.write(json, AT.volume + BLOCK, BLOCK);
  encodeHeader(ENTRY.readme, README_BYTES).copy(front, AT.readme);
  front.write(`${readme(volume).padEnd(README_BYTES - 1)}\n`, AT.readme + BLOCK, README_BYTES);
  encodeHeader(ENTRY.data, volume.size).copy(front, AT.data);
  return front;
}

/**
 * The mirror image of {@link encodeFront}: takes exactly what that one makes.
 *
 * @throws Failure `newer-format` or `damaged`, with the file as subject.
 */
export function decodeFront(front: Buffer, file: string): Volume {
  const header = decodeHeader(front.subarray(0, BLOCK));
  if ('problem' in header || header.size > BLOCK)
    throw damagedPart('the front of this part is damaged', file);
  const json = front.subarray(BLOCK, BLOCK + header.size);
  const volume = parseDocument(json, 'description of a part', shape, file, checkVersion);
  if (encodeFront(volume).equals(front)) return volume;
  throw damagedPart('the front of this part is damaged', file);
}

/** Whether what follows a part's data is what must. */
export function isBack(bytes: Buffer, volume: Volume): boolean {
  return bytes.length === backBytes(volume.size) && isZero(bytes);
}

/** Bytes after so many bytes of data. */
export function backBytes(size: number): number {
  return ((BLOCK - (size % BLOCK)) % BLOCK) + BACK_BYTES;
}

function readme({ backup, createdAt, number, offset, size, digest: sum, count: of }: Volume): string {
  const place = of === undefined ? `part ${number}` : `part ${number} of ${of}, the last one,`;
  return `This is ${place} of a backup that was cut into parts.

backup    ${backup}
created   ${createdAt}
data      ${size} bytes, from byte ${offset} of the backup
checksum  ${sum ?? 'none: this part was not written to its end'}

The backup was made by kubectl asa-backup, which restores, verifies and joins
its parts as they are, in any order:

    kubectl asa-backup join backup.001.tar backup.002.tar backup.003.tar

Without that program any tar joins them, here all parts in one folder:

    for part in backup.*.tar; do tar -xOf "$part" data; done > backup.tar

On Windows, in cmd:

    for %p in (backup.*.tar) do tar -xOf %p data >> backup.tar

backup.tar is a tar, and an OCI image layout: image tools read its images, and
tar, zstd and jq its resources.
The checksum is that of what "tar -xOf THIS-FILE data" writes. The last part
says how many parts there are.
`;
}

function checkVersion(version: unknown, file: string): void {
  if (typeof version !== 'number' || version <= VOLUME_VERSION) return;
  throw new Failure(
    'newer-format',
    `this part has format version ${version}, and this program reads up to version ${VOLUME_VERSION}`,
    { subject: file, hints: ['use a newer release of this program'] },
  );
}
