import type { FileHandle } from 'node:fs/promises';
import { Failure } from '../../base/errors.ts';
import { HashThread } from '../../base/hash-thread.ts';
import type { BackupId } from '../sink.ts';
import type { Feed } from '../source.ts';
import { damaged } from '../tar-reader.ts';
import { COPY_AGAIN } from './front.ts';
import { checkBack, faultOf, isIntact, openPart, readData, wrongDigest } from './part-data.ts';
import { type Part, siblingsOf } from './part-files.ts';
import { type AskForPart, PartFinder } from './part-finder.ts';
import { arrangeVolumes, belongs, missingFailure, missingFrom, type VolumeSet } from './volume-set.ts';

/** How the parts of an archive are read. */
export interface VolumeFeedOptions {
  readonly ask?: AskForPart | undefined;
  /** Check each part against its own digest as it passes, for readers to whom the bytes say nothing. */
  readonly check?: boolean;
  /** Of files that are named as parts and are none, by number: why not. Told when that part is asked for. */
  readonly unusable?: ReadonlyMap<number, Failure>;
  /** The number of the last part that there is of an archive which was not written to its end. */
  readonly upTo?: number;
}

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

/** The bytes of an archive out of its parts; see {@link openVolumes}. */
export class VolumeFeed implements Feed {
  readonly #finder: PartFinder;
  readonly #hash: HashThread | undefined;
  readonly #upTo: number | undefined;
  readonly #isWhole: boolean;
  #position = 0;
  #open: { part: Part; handle: FileHandle } | undefined;

  constructor(set: VolumeSet, { ask, check = false, upTo, unusable }: VolumeFeedOptions) {
    this.#upTo = upTo;
    this.#isWhole = missingFrom(set).length === 0;
    this.#finder = new PartFinder(set, ask, unusable);
    this.#hash = check ? new HashThread() : undefined;
  }

  get id(): BackupId {
    const { backup, createdAt } = this.#finder.set.like.volume;
    return { backup, createdAt };
  }

  /** Those that have been found so far. */
  get parts(): ReadonlyMap<number, Part> {
    return this.#finder.set.parts;
  }

  /** Known when all parts are there. */
  get size(): number | undefined {
    const last = this.#finder.set.parts.get(this.#finder.set.count ?? 0)?.volume;
    return last && last.offset + last.size;
  }

  async pull(buffer: Buffer): Promise<Buffer | undefined> {
    for (;;) {
      const number = Math.floor(this.#position / this.#finder.set.dataBytes) + 1;
      if (number > (this.#finder.set.count ?? this.#upTo ?? Number.POSITIVE_INFINITY)) return this.#leave();
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
    const { dataBytes, parts } = this.#finder.set;
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
    // A medium with a file that is open does not come out.
    await this.#close();
    for (let number = 1; number <= (this.#finder.set.count ?? number); number++)
      await this.#checkPart(number, onRead);
  }

  /** Until it is right, where somebody can be asked for another copy. */
  async #checkPart(number: number, onRead: (bytes: number) => void): Promise<void> {
    let part = await this.#finder.find(number);
    for (let told = 0; ; ) {
      let read = 0;
      const fault = await faultOf(part, bytes => {
        read += bytes;
        if (read > told) onRead(read - told);
        told = Math.max(told, read);
      });
      if (fault === undefined) return;
      part = await this.#finder.askFor(number, fault);
    }
  }

  async blame(failure: Failure, from: number, to: number = this.#position): Promise<Failure> {
    const first = Math.floor(from / this.#finder.set.dataBytes) + 1;
    const last = Math.floor((to - 1) / this.#finder.set.dataBytes) + 1;
    for (let number = first; number <= last; number++) {
      const part = this.#finder.set.parts.get(number);
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
    const part = await this.#finder.find(number);
    this.#open = { part, handle: await openPart(part) };
    return this.#open;
  }

  /** Ends the part that is open; what follows its data is checked too, if its data passed to the end. */
  async #leave(): Promise<undefined> {
    if (this.#open === undefined) return;
    const { part, handle } = this.#open;
    const { volume } = part;
    await checkBack(part, handle).finally(() => this.#close());
    if (volume.digest === undefined || this.#hash === undefined) return;
    if ((await this.#hash.digest()) === volume.digest) return;
    throw wrongDigest(part);
  }

  async #close(): Promise<undefined> {
    await this.#open?.handle.close();
    this.#open = undefined;
  }
}

function rest({ like, parts }: Pick<VolumeSet, 'like' | 'parts'>): Part[] {
  return [...parts.values()].filter(part => part.volume.number !== like.volume.number);
}
