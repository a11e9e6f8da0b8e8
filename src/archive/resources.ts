import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type Digest, digestOf } from '../base/digest.ts';
import { Failure, reasonOf } from '../base/errors.ts';
import { RESOURCE_BLOB_INFLATED, RESOURCE_BLOB_JSON, SEALED_BLOB_JSON } from '../base/limits.ts';
import { giveBack } from '../base/memory.ts';
import { groupOf, type KubeObject } from '../base/object.ts';
import { type Contents, readBlob } from './head.ts';
import { parseJson } from './json.ts';
import { ARCHIVE_MEDIA, type ResourceBlob } from './plan.ts';
import type { SecretOpener, SecretSealer } from './secrets.ts';

/** Takes a resource blob's bytes as they go into the tar, and their memory. */
type KeepBlob = (digest: Digest, bytes: Buffer) => void | Promise<void>;

/** The objects of a kind, under the API version in which they stand. */
export type ResourceType = Pick<ResourceBlob, 'group' | 'kind' | 'version'>;

/** Room for a kind's first objects. */
const FIRST_ROOM = 64 * 1024;

/** Frames of our own writing stay far below; a hostile one may not ask for more than 16 MiB of window. */
const UNPACK = { params: { [constants.ZSTD_d_windowLogMax]: 24 } };

/**
 * Packs the objects of one kind into resource blobs, in the order in which they come. It holds one blob's JSON at
 * most; those before are sealed and kept while the list is waited for.
 */
export class ResourceChunker {
  readonly #type: ResourceType;
  readonly #sealer: SecretSealer | undefined;
  /** Bytes of JSON that a blob may hold. */
  readonly #most: number;
  readonly #keep: KeepBlob;
  #packed: Promise<ResourceBlob>[] = [];
  /** The JSON lines of the blob that is being filled: as strings, tens of thousands of them would crowd the heap. */
  #json = Buffer.alloc(0);
  #jsonBytes = 0;
  #objects = 0;

  /**
   * With a sealer the blobs are encrypted.
   *
   * @param keep is given those of a list that starts anew, too.
   */
  constructor(type: ResourceType, keep: KeepBlob, sealer?: SecretSealer) {
    this.#type = type;
    this.#keep = keep;
    this.#sealer = sealer;
    this.#most = sealer === undefined ? RESOURCE_BLOB_JSON : SEALED_BLOB_JSON;
  }

  add(object: KubeObject): void {
    const line = `${JSON.stringify(object)}\n`;
    const bytes = Buffer.byteLength(line);
    if (this.#jsonBytes + bytes > this.#most) this.#pack();
    this.#makeRoom(bytes);
    this.#json.write(line, this.#jsonBytes);
    this.#jsonBytes += bytes;
    this.#objects += 1;
  }

  /** Forgets all objects: their list starts anew. */
  discard(): void {
    this.#packed = [];
    this.#begin();
  }

  /** The blobs, all of which are kept now; none when there was no object. */
  finish(): Promise<ResourceBlob[]> {
    this.#pack();
    return Promise.all(this.#packed);
  }

  #pack(): void {
    if (this.#objects === 0) return;
    const bytes = compress(this.#json.subarray(0, this.#jsonBytes));
    const packed = this.#describe(bytes, this.#objects, this.#packed.length);
    // What goes wrong is told to whoever finishes.
    packed.catch(() => undefined);
    this.#packed.push(packed);
    this.#begin();
  }

  /** Begins the next blob. */
  #begin(): void {
    this.#jsonBytes = 0;
    this.#objects = 0;
  }

  /** Most kinds have few objects, so the room grows with them. */
  #makeRoom(bytes: number): void {
    const needed = this.#jsonBytes + bytes;
    if (needed <= this.#json.length) return;
    const larger = Buffer.allocUnsafeSlow(
      Math.max(needed, Math.min(2 * this.#json.length, this.#most), FIRST_ROOM),
    );
    this.#json.copy(larger, 0, 0, this.#jsonBytes);
    this.#json = larger;
  }

  async #describe(plain: Buffer, objects: number, number: number): Promise<ResourceBlob> {
    const { group, kind, version } = this.#type;
    const bytes = this.#sealer === undefined ? plain : await this.#sealer.seal(plain);
    const file = `${kind}${group === '' ? '' : `.${group}`}-${String(number).padStart(3, '0')}.jsonl.zst`;
    const digest = digestOf(bytes);
    const size = bytes.length;
    await this.#keep(digest, bytes);
    return {
      digest,
      size,
      mediaType: this.#sealer === undefined ? ARCHIVE_MEDIA.resources : ARCHIVE_MEDIA.sealedResources,
      title: `resources/${file}${this.#sealer === undefined ? '' : '.age'}`,
      group,
      kind,
      version,
      objects,
    };
  }
}

/** Into one piece: to gather small ones costs half as much as zstd itself. */
function compress(json: Buffer): Buffer {
  // ZSTD_compressBound.
  const most = json.length + (json.length >> 8) + 512;
  return fitting(zstdCompressSync(json, { chunkSize: most }), most);
}

/**
 * What waits shall not keep room that it does not need: that goes back at once.
 * @param bytes of which nobody else has any
 */
function fitting(bytes: Buffer, room: number): Buffer {
  if (bytes.length > room / 2) return bytes;
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  giveBack(bytes);
  return own;
}

/**
 * The objects of one resource blob, one by one.
 *
 * @throws Failure as {@link openResources} and {@link ResourceLines.object}.
 */
export async function* readObjects(
  contents: Contents,
  blob: ResourceBlob,
  opener?: SecretOpener,
): AsyncGenerator<KubeObject> {
  using lines = await openResources(contents, blob, opener);
  for (let index = 0; index < lines.length; index += 1) yield lines.object(index);
}

/**
 * Decrypts and inflates a resource blob.
 *
 * @throws Failure `damaged` when the blob is not what the plan says, `refused` when it is encrypted and there is no
 * opener, or one that does not fit; and as {@link readBlob}.
 */
export async function openResources(
  contents: Contents,
  blob: ResourceBlob,
  opener?: SecretOpener,
): Promise<ResourceLines> {
  const bytes = await readBlob(contents, blob.digest);
  return new ResourceLines(blob, inflate(blob, await decrypt(blob, bytes, opener)));
}

/** A resource blob's lines. An object is parsed when it is asked for: as text it takes a quarter of the memory. */
export class ResourceLines {
  readonly #blob: ResourceBlob;
  readonly #lines: Buffer;
  /** Where each line ends. */
  readonly #ends: number[] = [];
  #isGone = false;

  /** @param lines bytes that nobody else has any of */
  constructor(blob: ResourceBlob, lines: Buffer) {
    this.#blob = blob;
    this.#lines = lines;
    for (let start = 0; start < lines.length; ) {
      const end = lines.indexOf(0x0a, start);
      if (end < 0) throw damaged(blob, 'its last line does not end');
      this.#ends.push(end);
      start = end + 1;
    }
    if (this.length !== blob.objects)
      throw damaged(blob, `it has ${this.length} objects, and the plan says ${blob.objects}`);
  }

  /** Gives the memory back now. */
  [Symbol.dispose](): void {
    giveBack(this.#lines);
    this.#isGone = true;
  }

  /** Whether they were disposed of, and have no objects any more. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Objects in it. */
  get length(): number {
    return this.#ends.length;
  }

  /** Bytes of memory that it takes. */
  get bytes(): number {
    return this.#lines.length;
  }

  /** @throws Failure `damaged` when the line is not what the plan says. */
  object(index: number): KubeObject {
    const start = index === 0 ? 0 : (this.#ends[index - 1] ?? 0) + 1;
    return objectOf(this.#blob, this.#lines.subarray(start, this.#ends[index]), index + 1);
  }
}

async function decrypt(blob: ResourceBlob, bytes: Buffer, opener: SecretOpener | undefined): Promise<Buffer> {
  if (blob.mediaType !== ARCHIVE_MEDIA.sealedResources) return bytes;
  if (opener !== undefined) return opener.open(bytes, blob.title);
  throw new Failure('refused', 'the secrets of this archive are encrypted', {
    subject: blob.title,
    hints: ['pass the age identity or the passphrase that opens them'],
  });
}

/** Into one piece of memory, as {@link compress}, of its own. */
function inflate(blob: ResourceBlob, bytes: Buffer): Buffer {
  const chunkSize = blob.mediaType === ARCHIVE_MEDIA.sealedResources ? SEALED_BLOB_JSON : RESOURCE_BLOB_JSON;
  try {
    const json = zstdDecompressSync(bytes, { ...UNPACK, maxOutputLength: RESOURCE_BLOB_INFLATED, chunkSize });
    return fitting(json, chunkSize);
  } catch (error) {
    const tooLarge = error instanceof RangeError;
    throw damaged(
      blob,
      tooLarge
        ? `it inflates to more than ${RESOURCE_BLOB_INFLATED} bytes`
        : `it is no zstd: ${reasonOf(error)}`,
    );
  }
}

function objectOf(blob: ResourceBlob, line: Buffer, number: number): KubeObject {
  const object = parseLine(blob, line, number);
  if (!isObject(object) || !isObject(object.metadata)) {
    throw damaged(blob, `line ${number} is no object with a name`);
  }
  const { name, namespace = 'default' } = object.metadata;
  if (!isSegment(name)) throw damaged(blob, `line ${number} is no object with a name`);
  if (!isSegment(namespace)) throw damaged(blob, `line ${number} has a namespace that cannot be one`);
  const { apiVersion, kind } = object;
  if (typeof apiVersion !== 'string' || groupOf(apiVersion) !== blob.group || kind !== blob.kind) {
    throw damaged(blob, `line ${number} is not of the kind that the plan says`);
  }
  return object as KubeObject;
}

/** What Kubernetes takes as one part of a path: anything else could lead a request somewhere else. */
function isSegment(name: unknown): name is string {
  return typeof name === 'string' && /^(?!\.{1,2}$)[^/%\p{Cc}]{1,253}$/u.test(name);
}

function parseLine(blob: ResourceBlob, line: Buffer, number: number): unknown {
  try {
    return parseJson(line);
  } catch (error) {
    throw damaged(blob, `line ${number}: ${reasonOf(error)}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function damaged(blob: ResourceBlob, message: string): Failure {
  return new Failure('damaged', message, { subject: `${blob.title} (${blob.digest})` });
}
