import { access, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../../base/errors.ts';
import { HashThread } from '../../base/hash-thread.ts';
import type { BackupId } from '../sink.ts';
import type { Feed } from '../source.ts';
import { damaged } from '../tar-reader.ts';
import { COPY_AGAIN, damagedPart } from './front.ts';
import { parseVolumeName } from './names.ts';
import { checkBack, isIntact, openPart, readData } from './part-data.ts';
import { distinct, noPart, type Part, partsAt, readPart, siblingsOf } from './part-files.ts';
import {
  arrangeVolumes,
  belongs,
  madeAt,
  missingFailure,
  missingFrom,
  type VolumeSet,
} from './volume-set.ts';

/** A part that is wanted and not there. */
interface WantedPart {
  readonly number: number;
  /** How many there are; undefined as long as that is not known. */
  readonly count: number | undefined;
  readonly createdAt: string;
  /** Where the last one was found. */
  readonly folder: string;
  /** Why what was given last will not do. */
  readonly problem?: string;
}

export interface VolumeFeedOptions {
  readonly ask?: AskForPart | undefined;
  /** Check each part against its own digest as it passes, for readers to whom the bytes say nothing. */
  readonly check?: boolean;
  /** Of files that are named as parts and are none, by number: why not. Told when that part is asked for. */
  readonly unusable?: ReadonlyMap<number, Failure>;
  /** The number of the last part that there is of an archive which was not written to its end. */
  readonly upTo?: number;
}

/** Asks for the next part: its file or the folder where it is. */
export type AskForPart = (wanted: WantedPart) => Promise<string>;

/**
 * The archive that parts make, whichever order they are given in.
 *
 *     find     of each file its front; of what is missing, what lies beside the others under its name
 *     check    one backup, one cut, each part once, each file as long as it must be: else no byte is read
 *     read     part after part; one that is not there yet is asked for when its turn comes, or is an error before
 *     damage   when the archive turns out to be damaged, the parts are read against their digests: one is named
 *
 * @throws Failure `incomplete` or `damaged`, naming the part that is missing, or is not the right one.
 */
export async function openVolumes(
  given: readonly [Part, ...Part[]],
  options: VolumeFeedOptions,
): Promise<VolumeFeed> {
  let set = arrangeVolumes(given);
  const strangers: Part[] = [];
  const unusable = new Map<number, Failure>();
  for (const part of given) {
    if (missingFrom(set).length === 0) break;
    const siblings = await siblingsOf(part);
    for (const other of siblings.parts) {
      if (!belongs(other, set)) strangers.push(other);
      else if (!set.parts.has(other.volume.number)) set = arrangeVolumes([set.like, ...rest(set), other]);
    }
    for (const [number, why] of siblings.unusable) unusable.set(number, why);
  }
  if (missingFrom(set).length === 0) return new VolumeFeed(set, options);
  if (options.ask !== undefined) return new VolumeFeed(set, { ...options, unusable });
  throw missingFailure(set, strangers, unusable);
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

export class VolumeFeed implements Feed {
  readonly #ask: AskForPart | undefined;
  readonly #hash: HashThread | undefined;
  readonly #upTo: number | undefined;
  readonly #unusable: ReadonlyMap<number, Failure>;
  readonly #isWhole: boolean;
  #set: VolumeSet;
  #position = 0;
  #open: { part: Part; handle: FileHandle } | undefined;

  constructor(set: VolumeSet, { ask, check = false, upTo, unusable = new Map() }: VolumeFeedOptions) {
    this.#upTo = upTo;
    this.#unusable = unusable;
    this.#isWhole = missingFrom(set).length === 0;
    this.#set = set;
    this.#ask = ask;
    this.#hash = check ? new HashThread() : undefined;
  }

  get id(): BackupId {
    const { backup, createdAt } = this.#set.like.volume;
    return { backup, createdAt };
  }

  /** Those that have been found so far. */
  get parts(): ReadonlyMap<number, Part> {
    return this.#set.parts;
  }

  /** Known when all parts are there. */
  get size(): number | undefined {
    const last = this.#set.parts.get(this.#set.count ?? 0)?.volume;
    return last && last.offset + last.size;
  }

  async pull(buffer: Buffer): Promise<Buffer | undefined> {
    for (;;) {
      const number = Math.floor(this.#position / this.#set.dataBytes) + 1;
      if (number > (this.#set.count ?? this.#upTo ?? Number.POSITIVE_INFINITY)) return this.#leave();
      const { part, handle } = await this.#enter(number);
      const { offset, size } = part.volume;
      const at = this.#position - offset;
      const length = Math.min(buffer.length, size - at);
      // The last part ends where it ends, and not at a whole part.
      if (length <= 0) return this.#leave();
      const bytesRead = await readData(part, handle, buffer.subarray(0, length), at);
      this.#position += bytesRead;
      const data = buffer.subarray(0, bytesRead);
      await this.#hash?.update(data);
      if (bytesRead > 0) return data;
      throw damaged('the part has become shorter while it was read', part.path);
    }
  }

  /** Only of parts that are all at hand: the medium of one that is asked for is gone when the next one is. */
  get readAside(): Feed['readAside'] {
    return this.#isWhole ? (from, to, into) => this.#readAside(from, to, into) : undefined;
  }

  async *#readAside(from: number, to: number, into: () => Buffer): AsyncGenerator<Buffer> {
    const { dataBytes, parts } = this.#set;
    for (let at = from; at < to; ) {
      const part = parts.get(Math.floor(at / dataBytes) + 1);
      if (part === undefined) return;
      const { offset, size } = part.volume;
      const end = offset + size;
      const handle = await openPart(part);
      try {
        while (at < Math.min(end, to)) {
          const buffer = into().subarray(0, Math.min(end, to) - at);
          const bytesRead = await readData(part, handle, buffer, at - offset);
          if (bytesRead === 0) return;
          at += bytesRead;
          yield buffer.subarray(0, bytesRead);
        }
        // Whoever passes over the end of a part sees to it.
        if (at === end) await checkBack(part, handle);
      } finally {
        await handle.close();
      }
    }
  }

  jump(position: number): void {
    this.#position = position;
  }

  async close(): Promise<void> {
    await this.#hash?.close();
    await this.#close();
  }

  async checkParts(onRead: (bytes: number) => void): Promise<void> {
    for (const part of this.#set.parts.values()) {
      if (await isIntact(part, onRead)) continue;
      throw damagedPart(WRONG_DIGEST, part.path);
    }
  }

  async blame(failure: Failure, from: number, to: number = this.#position): Promise<Failure> {
    const first = Math.floor(from / this.#set.dataBytes) + 1;
    const last = Math.floor((to - 1) / this.#set.dataBytes) + 1;
    for (let number = first; number <= last; number++) {
      const part = this.#set.parts.get(number);
      if (part === undefined || (await isIntact(part).catch(() => true))) continue;
      return new Failure(failure.code, `the part is damaged: ${failure.message}`, {
        subject: `${part.path}: ${failure.subject ?? ''}`,
        hints: [COPY_AGAIN],
        cause: failure.cause,
      });
    }
    return failure;
  }

  async #enter(number: number): Promise<{ part: Part; handle: FileHandle }> {
    if (this.#open?.part.volume.number === number) return this.#open;
    await this.#leave();
    let part = this.#set.parts.get(number);
    // A medium that held several parts may be gone by the time the others are due.
    const isThere =
      part !== undefined &&
      (this.#ask === undefined ||
        (await access(part.path).then(
          () => true,
          () => false,
        )));
    if (part === undefined || !isThere) part = await this.#askFor(number);
    this.#open = { part, handle: await openPart(part) };
    return this.#open;
  }

  /** Ends the part that is open; what follows its data is checked too, if its data passed to the end. */
  async #leave(): Promise<undefined> {
    if (this.#open === undefined) return;
    const { part, handle } = this.#open;
    const { volume, path } = part;
    await checkBack(part, handle).finally(() => this.#close());
    if (volume.digest === undefined || this.#hash === undefined) return;
    if ((await this.#hash.digest()) === volume.digest) return;
    throw damagedPart(WRONG_DIGEST, path);
  }

  async #close(): Promise<undefined> {
    await this.#open?.handle.close();
    this.#open = undefined;
  }

  async #askFor(number: number): Promise<Part> {
    const { count, like } = this.#set;
    const unusable = this.#unusable.get(number);
    let problem = unusable && problemIn(unusable);
    let folder = dirname([...this.#set.parts.values()].at(-1)?.path ?? like.path);
    for (;;) {
      if (this.#ask === undefined) throw missingFailure(this.#set);
      const { createdAt } = like.volume;
      const answer = await this.#ask({ number, count, createdAt, folder, ...(problem && { problem }) });
      try {
        const parts = (await findParts([answer])) ?? [];
        const part = parts.find(({ volume }) => volume.number === number);
        // The one that was given first may be due again, from another medium.
        const isFirst = number === like.volume.number;
        if (part !== undefined && (!isFirst || belongs(part, this.#set))) {
          const first = isFirst ? part : like;
          if (!isFirst) arrangeVolumes([first, part]);
          // What else is on that medium need not be asked for.
          const known = new Map([
            ...this.#set.parts,
            ...parts.filter(other => belongs(other, this.#set)).map(numbered),
          ]);
          this.#set = arrangeVolumes([first, ...rest({ like: first, parts: known })]);
          return part;
        }
        problem = problemOf(parts, answer);
        folder = answer;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        problem = problemIn(error);
      }
    }
  }
}

const WRONG_DIGEST = 'its bytes do not have the digest that the part states';

function problemIn({ subject, message }: Failure): string {
  return `${subject}: ${message}`;
}

function problemOf(parts: readonly Part[], answer: string): string {
  const [part] = parts;
  if (part === undefined) return `${answer} has no part of a backup`;
  return `${part.path} is part ${part.volume.number} of the backup ${madeAt(part)}`;
}

function rest({ like, parts }: Pick<VolumeSet, 'like' | 'parts'>): Part[] {
  return [...parts.values()].filter(part => part.volume.number !== like.volume.number);
}

function numbered(part: Part): [number, Part] {
  return [part.volume.number, part];
}
