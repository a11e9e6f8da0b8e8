import { type Digest, hashFor } from '../../base/digest.ts';
import { PADDING_BYTES, TAR_RECORD_BYTES } from '../../base/limits.ts';
import { paddingAfter } from '../layout.ts';
import type { Source } from '../source.ts';
import { BLOCK, ENTRY_TYPES, hasMagic, isIntact, isZero, typeOf } from '../tar.ts';
import { checkDigest, damaged, type Entry, incomplete, placeOf } from '../tar-reader.ts';

const NAME_BYTES = 100;
const SIZE = { at: 124, bytes: 12 };
const MAGIC_AT = 257;
const PREFIX = { at: 345, bytes: 155 };
/**
 * `ustar` and a zero: POSIX's own form, in which names have a prefix. GNU's ends in spaces and uses those bytes
 * otherwise.
 */
const POSIX_MAGIC = 'ustar\0';
const FILES = new Set(['0', '\0', '7']);
const FOLDER = '5';

/** What the header of the next entry is to be read with: pax records and GNU's long name come before it. */
interface Ahead {
  readonly name?: string;
  readonly size?: number;
}

/**
 * Reads the files of a tar in whatever form other programs write it (POSIX pax, "ustar Interchange Format", "pax Extended
 * Header"; GNU tar's long names). Names are compared, and never used as paths.
 */
export class LooseTar {
  readonly #source: Source;
  /** Where the entry ends that was given out last, with its padding. */
  #end = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  /**
   * The next file, whatever has been read of the one before; undefined where the tar ends.
   *
   * @throws Failure `incomplete`, or `damaged` for what is no tar, and for links and the like.
   */
  async next(): Promise<Entry | undefined> {
    let ahead: Ahead = {};
    for (;;) {
      await this.#pass();
      const offset = this.#source.position;
      const block = await this.#source.take(BLOCK);
      if (block.length < BLOCK) throw incomplete('it ends before the end of the tar', offset);
      if (isZero(block)) return this.#finish();
      const place = `the entry at byte ${offset}`;
      if (!hasMagic(block)) throw damaged('there is no tar header where one must be', place);
      if (!isIntact(block)) throw damaged('the checksum of its tar header is wrong', place);
      const header = headerOf(block);
      const size = ahead.size ?? header.size;
      if (size === undefined) throw damaged('its tar header states no size', place);
      this.#end = offset + BLOCK + size + paddingAfter(size);
      const type = typeOf(block);
      if (FILES.has(type)) return { name: plain(ahead.name ?? header.name), size, offset };
      if (type === 'x') ahead = { ...ahead, ...readRecords(await this.#record(size, place), place) };
      else if (type === 'L') ahead = { ...ahead, name: textOf(await this.#record(size, place)) };
      else if (type === FOLDER) ahead = {};
      else if (type !== 'g' && type !== 'K') {
        throw damaged(`it is ${ENTRY_TYPES[type] ?? 'of an unknown type'}, and blobs are files`, place);
      }
    }
  }

  /** An entry's whole body, which the caller has found small enough. */
  async take(entry: Entry): Promise<Buffer> {
    const bytes = await this.#source.take(entry.size);
    if (bytes.length < entry.size) throw this.#cut(entry);
    return bytes;
  }

  /** Reads an entry's body and checks it against its digest. */
  async check(entry: Entry, digest: Digest): Promise<void> {
    const hash = hashFor(digest);
    let left = entry.size;
    for await (const piece of this.#source.pieces(entry.size)) {
      hash.update(piece);
      left -= piece.length;
      this.#source.giveBack(piece);
    }
    if (left > 0) throw this.#cut(entry);
    checkDigest(entry, digest, hash.digest('hex'));
  }

  /** The zeros at the end, so that nobody's pipe breaks. */
  async #finish(): Promise<undefined> {
    const offset = this.#source.position;
    const rest = await this.#source.take(PADDING_BYTES + 1);
    if (rest.length > PADDING_BYTES || !isZero(rest)) {
      throw damaged('something follows the end of the tar', `byte ${offset}`);
    }
  }

  /** What is left of the entry before, by a jump where the source can and it is worth it. */
  async #pass(): Promise<void> {
    const left = this.#end - this.#source.position;
    if (left <= 0) return;
    if (left > BLOCK && this.#source.jump(this.#end)) return;
    for await (const piece of this.#source.pieces(left)) this.#source.giveBack(piece);
  }

  async #record(size: number, place: string): Promise<Buffer> {
    if (size > TAR_RECORD_BYTES) throw damaged(`its extended header has ${size} bytes`, place);
    return this.#source.take(size);
  }

  #cut(entry: Entry) {
    return incomplete(`it ends in the middle of ${placeOf(entry)}`, this.#source.position);
  }
}

/** What a header says by itself, without what comes before it. */
function headerOf(block: Buffer): { name: string; size: number | undefined } {
  const name = textOf(block.subarray(0, NAME_BYTES));
  const isPosix = block.toString('latin1', MAGIC_AT, MAGIC_AT + POSIX_MAGIC.length) === POSIX_MAGIC;
  const prefix = isPosix ? textOf(block.subarray(PREFIX.at, PREFIX.at + PREFIX.bytes)) : '';
  return { name: prefix === '' ? name : `${prefix}/${name}`, size: sizeOf(block) };
}

/** Octal digits, with zeros or spaces around them, or base 256 for large ones. */
function sizeOf(block: Buffer): number | undefined {
  const field = block.subarray(SIZE.at, SIZE.at + SIZE.bytes);
  if (field[0] === 0x80) return safe(Number(field.readBigUInt64BE(4)));
  const text = field
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trimStart();
  return /^[0-7]+$/.test(text) ? safe(Number.parseInt(text, 8)) : undefined;
}

/** `LENGTH KEY=VALUE\n`, one after the other; of them we need two. */
function readRecords(bytes: Buffer, place: string): Ahead {
  let ahead: Ahead = {};
  for (let at = 0; at < bytes.length; ) {
    const length = Number(/^\d{1,6}(?= )/.exec(bytes.toString('latin1', at, at + 7))?.[0]);
    const record = bytes.toString('utf8', at, at + length);
    const [, key, value] = /^\d+ ([^=]+)=(.*)\n$/s.exec(record) ?? [];
    if (key === undefined || value === undefined) throw damaged('its extended header is unreadable', place);
    if (key.startsWith('GNU.sparse')) throw damaged('it is a sparse file, and blobs are files', place);
    if (key === 'path') ahead = { ...ahead, name: value };
    const size = key === 'size' && /^\d{1,16}$/.test(value) ? safe(Number(value)) : undefined;
    if (size !== undefined) ahead = { ...ahead, size };
    at += length;
  }
  return ahead;
}

function plain(name: string): string {
  return name.replace(/^(\.\/)+/, '');
}

function textOf(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}

function safe(size: number): number | undefined {
  return Number.isSafeInteger(size) ? size : undefined;
}
