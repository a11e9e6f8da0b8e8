import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../../base/errors.ts';
import { HashThread } from '../../base/hash-thread.ts';
import { type FileSink, type FileSinkOptions, type Leftover, openFileSink } from '../file-sink.ts';
import { checkRoom, mediumOf } from '../medium.ts';
import type { BackupId, Sink } from '../sink.ts';
import { BACK_BYTES, backBytes, encodeFront, FRONT_BYTES, VOLUME_VERSION, type Volume } from './front.ts';
import { volumePath } from './names.ts';
import { neighboursIn, partsIn } from './neighbours.ts';
import { hashData } from './part-files.ts';
import { dataBytes, volumesOf } from './size.ts';

/** The part that a next medium is wanted for. */
export interface WantedMedium {
  /** The name that the part's file will have. */
  readonly file: string;
  readonly number: number;
  readonly count: number;
  /** Of its file. */
  readonly bytes: number;
  /** The folder that was tried, and why it will not do. */
  readonly folder: string;
  readonly problem: string;
}

/** How an archive is written in parts. */
export interface VolumeOptions extends Omit<FileSinkOptions, 'check'> {
  /** Bytes that a part's file may have. */
  readonly volumeBytes: number;
  /** Reads each part back before it gets its name: at this path, with these bytes and this digest. */
  readonly checkVolume?: (path: string, volume: Volume) => Promise<void>;
  /**
   * Asks for the folder of the next medium, when a part does not fit on the one before; without it, all go to one
   * folder.
   */
  readonly nextMedium?: (wanted: WantedMedium) => Promise<string>;
}

/** The part that is being written. */
interface OpenVolume {
  readonly file: FileSink;
  readonly volume: Volume;
  written: number;
}

/**
 * An archive cut into parts, each a file of its own that is made durable and gets its name before the next is begun.
 *
 *     write    into the part that is open, up to its end
 *     end      its front says now what it holds, and with which digest; sync, rename; it may be taken away
 *     next     on the same medium if it has room, or else on one that is asked for
 *     commit   ends the last part, which says how many there are: without it the archive is known to be incomplete
 *
 * @throws Failure as {@link openFileSink}.
 */
export async function openVolumeSink(archive: string, options: VolumeOptions): Promise<VolumeSink> {
  const inTheWay = await partsIn(dirname(archive), archive);
  const [first] = inTheWay;
  if (first !== undefined && !options.overwrite) {
    throw new Failure('refused', 'a part of that name exists already', {
      subject: first,
      hints: ['choose another name, or pass --overwrite'],
    });
  }
  const file = await openFileSink(volumePath(archive, 1), ofPart(options));
  return new VolumeSink(archive, options, { done: [], position: 0, first: file });
}

/** Where the writing of parts begins, or goes on. */
interface BegunVolumes {
  /** The parts that have their names. */
  readonly done: readonly string[];
  /** Bytes of the archive that are there. */
  readonly position: number;
  /** The file of the first part, with nothing in it. */
  readonly first?: FileSink;
  /** The part that is gone on with: its file, the path that it has now, and how much of its data stays. */
  readonly open?: { readonly file: FileSink; readonly path: string; readonly written: number };
}

/** See {@link openVolumeSink}. */
export class VolumeSink implements Sink {
  readonly #archive: string;
  readonly #options: VolumeOptions;
  readonly #hash = new HashThread();
  readonly #done: string[];
  #folder: string;
  #first: FileSink | undefined;
  #open: OpenVolume | undefined;
  #id: BackupId | undefined;
  #totalBytes = 0;
  #left: Leftover = 'nothing';
  #durable = 0;
  #position: number;
  #resumed: BegunVolumes['open'];
  readonly #strangers: string[] = [];

  constructor(archive: string, options: VolumeOptions, { done, position, first, open }: BegunVolumes) {
    this.#archive = archive;
    this.#options = options;
    this.#folder = dirname(archive);
    this.#done = [...done];
    this.#position = position;
    this.#first = first;
    this.#resumed = open;
  }

  get position(): number {
    return this.#position;
  }

  /** What there is to go on from when the sink was aborted: the parts before the open one are on their media. */
  get left(): Leftover {
    return this.#left;
  }

  /** The parts that have their names, in order. */
  get parts(): readonly string[] {
    return this.#done;
  }

  /** What lies beside the parts under the name of one, and is none of them; known when they are whole. */
  get notes(): readonly string[] {
    return this.#strangers;
  }

  async expect(totalBytes: number, id: BackupId): Promise<void> {
    this.#totalBytes = totalBytes;
    this.#id = id;
    const count = volumesOf(totalBytes, this.#options.volumeBytes);
    const medium = await mediumOf(this.#folder);
    const path = volumePath(this.#archive, this.#done.length + 1);
    const held = this.#resumed?.written ?? 0;
    checkRoom(medium, { what: 'part', path, bytes: this.#bytesOfNext(held), held });
    // On a terminal the others may go elsewhere.
    if (this.#options.nextMedium !== undefined) return;
    const bytes = totalBytes + count * OVERHEAD;
    const anyFile = { ...medium, largestFile: Number.POSITIVE_INFINITY };
    checkRoom(anyFile, { what: 'parts', path: this.#archive, bytes, held: this.#position });
  }

  async write(chunks: readonly Buffer[]): Promise<void> {
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) {
        const open = await this.#room();
        const piece = chunk.subarray(at, at + open.volume.size - open.written);
        await Promise.all([open.file.write([piece]), this.#hash.update(piece)]);
        open.written += piece.length;
        this.#tellDurable(open);
        this.#position += piece.length;
        at += piece.length;
      }
    }
  }

  async commit(): Promise<void> {
    await this.#end(await this.#current(), true);
    await this.#hash.close();
    if (this.#options.overwrite) await this.#removeLeftOver();
  }

  async abort(keep = false): Promise<void> {
    await this.#hash.close();
    const file = this.#open?.file ?? this.#resumed?.file ?? this.#first;
    await file?.abort(keep);
    if (keep) {
      this.#left = file?.left === 'doubtful' ? 'doubtful' : 'synced';
      return;
    }
    for (const path of this.#done) await rm(path, { force: true });
  }

  /** What the medium has for certain: the parts before, and of the one that is open what was sent on to it. */
  #tellDurable({ file, volume }: OpenVolume): void {
    const durable = volume.offset + Math.max(0, file.durable - FRONT_BYTES);
    if (durable <= this.#durable) return;
    this.#durable = durable;
    this.#options.onDurable?.(durable);
  }

  /** The part that the next byte goes to. */
  async #room(): Promise<OpenVolume> {
    const open = await this.#current();
    if (open.written < open.volume.size) return open;
    await this.#end(open, false);
    return this.#begin(await this.#nextFile());
  }

  async #current(): Promise<OpenVolume> {
    if (this.#open !== undefined) return this.#open;
    if (this.#resumed !== undefined) return this.#reopen(this.#resumed);
    return this.#begin(this.#first ?? (await this.#nextFile()));
  }

  /** What was written of the part before has to go into its digest. */
  async #reopen({ file, path, written }: NonNullable<BegunVolumes['open']>): Promise<OpenVolume> {
    const volume = this.#volume(this.#position - written);
    await file.patch(encodeFront(volume), 0);
    await hashData(this.#hash, path, written);
    this.#resumed = undefined;
    this.#open = { file, volume, written };
    return this.#open;
  }

  #volume(offset: number): Volume {
    if (this.#id === undefined) throw new Failure('internal', 'parts are written of nobody knows what');
    const size = dataBytes(this.#options.volumeBytes);
    return { formatVersion: VOLUME_VERSION, ...this.#id, number: this.#done.length + 1, offset, size };
  }

  async #begin(file: FileSink): Promise<OpenVolume> {
    const volume = this.#volume(this.#position);
    this.#first = undefined;
    this.#open = { file, volume, written: 0 };
    await file.write([encodeFront(volume)]);
    return this.#open;
  }

  async #end({ file, volume, written }: OpenVolume, isLast: boolean): Promise<void> {
    await file.write([Buffer.alloc(backBytes(written))]);
    const digest = await this.#hash.digest();
    const count = isLast ? { count: volume.number } : {};
    const ended = { ...volume, size: written, digest, ...count };
    await file.patch(encodeFront(ended), 0);
    const { checkVolume } = this.#options;
    await file.commit(checkVolume && (partial => checkVolume(partial, ended)));
    this.#done.push(join(this.#folder, basename(volumePath(this.#archive, volume.number))));
    this.#open = undefined;
  }

  /** The file of the next part, on a medium that has room for it. */
  async #nextFile(): Promise<FileSink> {
    const number = this.#done.length + 1;
    const file = basename(volumePath(this.#archive, number));
    const { nextMedium } = this.#options;
    const count = Math.max(number, volumesOf(this.#totalBytes, this.#options.volumeBytes));
    const bytes = this.#bytesOfNext();
    for (;;) {
      const path = join(this.#folder, file);
      try {
        if (nextMedium !== undefined) await this.#checkMedium(path, bytes);
        return await openFileSink(path, ofPart(this.#options));
      } catch (error) {
        if (nextMedium === undefined || !(error instanceof Failure)) throw error;
        const wanted = { file, number, count, bytes, folder: this.#folder, problem: error.message };
        this.#folder = await nextMedium(wanted);
      }
    }
  }

  /** That a medium is large enough, and a fresh one: without parts of another backup that would be taken for ours. */
  async #checkMedium(path: string, bytes: number): Promise<void> {
    checkRoom(await mediumOf(dirname(path)), { what: 'part', path, bytes });
    if (this.#options.overwrite) return;
    const { backup, createdAt } = this.#id ?? {};
    for (const { path: other, volume, problem } of await neighboursIn(dirname(path), this.#archive)) {
      // By what it is and not by where: one drive has one path for all media.
      if (volume?.backup === backup && volume?.createdAt === createdAt) continue;
      const why = problem ?? `of the backup made at ${volume?.createdAt}`;
      throw new Failure('refused', `${basename(other)} is there already: ${why}`, { subject: path });
    }
  }

  /** Bytes of the file of the next part, of whose data so much is there already. */
  #bytesOfNext(held = 0): number {
    const left = held + Math.max(0, this.#totalBytes - this.#position);
    return Math.min(this.#options.volumeBytes, FRONT_BYTES + left + backBytes(left));
  }

  /** Parts of a longer backup that was replaced: whoever joins by a shell would take them along. */
  async #removeLeftOver(): Promise<void> {
    const own = new Set(this.#done);
    for (const { path, problem } of await neighboursIn(this.#folder, this.#archive)) {
      if (own.has(path)) continue;
      if (problem === undefined) await rm(path);
      else
        this.#strangers.push(`${path} is not one of the parts, and must not be joined with them: ${problem}`);
    }
  }
}

/** Of the options, those that a part's file shares with all others. */
function ofPart({ overwrite = false, keepUnfinished = false }: VolumeOptions): FileSinkOptions {
  return { overwrite, keepUnfinished };
}

/** What a part takes beside its data, at most. */
const OVERHEAD = FRONT_BYTES + BACK_BYTES + 511;
