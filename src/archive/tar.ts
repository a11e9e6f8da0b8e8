/**
 * The one form of tar header that an archive has: it is a function of the entry's name and size, so a reader makes
 * it again and compares all of its bytes. Links, devices, sparse files, owners and every other trick of tar differ
 * from it by definition.
 */

/** Everything in a tar starts at a multiple of this. */
export const BLOCK = 512;

const NAME_BYTES = 100;
/** From this size on (8 GiB) eleven octal digits do not hold it, and it is written in base 256. */
const OCTAL_LIMIT = 8 ** 11;
const FIELD = { mode: 100, uid: 108, gid: 116, size: 124, mtime: 136, checksum: 148, type: 156, magic: 257 };
const TYPE_FILE = '0';
const TYPE_PAX = 'x';

/** What an entry is that is no regular file. */
export const ENTRY_TYPES: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a character device',
  '4': 'a block device',
  '5': 'a folder',
  '6': 'a fifo',
  '7': 'a contiguous file',
  g: 'a global pax header',
  x: 'a pax header',
  K: 'a GNU long link',
  L: 'a GNU long name',
  M: 'a GNU continuation',
  S: 'a GNU sparse file',
  V: 'a GNU volume label',
};

/** Bytes of the header of an entry of this name: one block, or three where the name needs a pax record. */
export function headerSize(name: string): number {
  return name.length <= NAME_BYTES ? BLOCK : 3 * BLOCK;
}

/** The header of a regular file. Only `blobs/sha512/…` is longer than ustar's name field and goes through pax. */
export function encodeHeader(name: string, size: number): Buffer {
  if (headerSize(name) === BLOCK) return headerBlock(name, size, TYPE_FILE);
  const record = paxPath(name);
  return Buffer.concat([
    headerBlock('PaxHeader', record.length, TYPE_PAX),
    record,
    Buffer.alloc(BLOCK - record.length),
    headerBlock(name.slice(0, NAME_BYTES), size, TYPE_FILE),
  ]);
}

/** What a header says, or why it is not one of ours. */
export type Header = { name: string; size: number } | { problem: string };

/** Bytes of the whole header that this first block of it starts. */
export function headerSizeOf(block: Buffer): number {
  return typeOf(block) === TYPE_PAX ? 3 * BLOCK : BLOCK;
}

/** The mirror image of {@link encodeHeader}: takes exactly what that one makes. */
export function decodeHeader(header: Buffer): Header {
  const last = header.subarray(header.length - BLOCK);
  const name = header.length === BLOCK ? textOf(header.subarray(0, NAME_BYTES)) : pathOf(header);
  const size = sizeOf(last);
  if (name !== undefined && size !== undefined && encodeHeader(name, size).equals(header)) {
    return { name, size };
  }
  return { problem: problemOf(header.subarray(0, BLOCK)) };
}

/** True for a block of zeros, which in place of a header means that the tar ends. */
export function isZero(bytes: Buffer): boolean {
  return bytes.every(byte => byte === 0);
}

export function hasMagic(block: Buffer): boolean {
  return block.toString('latin1', FIELD.magic, FIELD.magic + 5) === 'ustar';
}

function headerBlock(name: string, size: number, type: string): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 'latin1');
  block.write('0000644', FIELD.mode);
  block.write('0000000', FIELD.uid);
  block.write('0000000', FIELD.gid);
  if (size < OCTAL_LIMIT) block.write(size.toString(8).padStart(11, '0'), FIELD.size);
  else {
    block[FIELD.size] = 0x80;
    block.writeBigUInt64BE(BigInt(size), FIELD.size + 4);
  }
  block.write('00000000000', FIELD.mtime);
  block.write(type, FIELD.type);
  block.write('ustar\u000000', FIELD.magic);
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\u0000 `, FIELD.checksum);
  return block;
}

/** The sum of all bytes, those of the checksum itself taken as spaces. */
function checksum(block: Buffer): number {
  let sum = 0;
  for (const [at, byte] of block.entries()) {
    sum += at >= FIELD.checksum && at < FIELD.checksum + 8 ? 0x20 : byte;
  }
  return sum;
}

function sizeOf(block: Buffer): number | undefined {
  const field = block.subarray(FIELD.size, FIELD.size + 12);
  if (field[0] === 0x80) {
    const size = Number(field.readBigUInt64BE(4));
    return Number.isSafeInteger(size) ? size : undefined;
  }
  const text = field.toString('latin1', 0, 11);
  return /^[0-7]{11}$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

function paxPath(name: string): Buffer {
  const record = ` path=${name}\n`;
  return Buffer.from(`${record.length + 3}${record}`);
}

function pathOf(header: Buffer): string | undefined {
  const size = sizeOf(header);
  if (size === undefined || size > BLOCK) return undefined;
  return /^\d+ path=(.*)\n$/.exec(header.toString('latin1', BLOCK, BLOCK + size))?.[1];
}

function textOf(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? field.length : end);
}

export function typeOf(block: Buffer): string {
  return String.fromCharCode(block[FIELD.type] ?? 0);
}

/** Whether a header's checksum is right. */
export function isIntact(block: Buffer): boolean {
  const stated = Number.parseInt(block.toString('latin1', FIELD.checksum, FIELD.checksum + 6), 8);
  return stated === checksum(block);
}

function problemOf(block: Buffer): string {
  if (!hasMagic(block)) return 'there is no tar header where one must be';
  if (!isIntact(block)) return 'the checksum of its tar header is wrong';
  const type = ENTRY_TYPES[typeOf(block)];
  if (type !== undefined) return `it is ${type}, and an archive holds nothing but regular files`;
  return 'its tar header is not the one that the format prescribes for its name and size';
}
