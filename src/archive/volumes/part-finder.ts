import { dirname } from 'node:path';
import { Failure } from '../../base/errors.ts';
import type { Volume } from './front.ts';
import { findParts, type Part, readPart } from './part-files.ts';
import { arrangeVolumes, belongs, madeAt, missingFailure, type VolumeSet } from './volume-set.ts';

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

/** Asks for the next part: its file or the folder where it is. */
export type AskForPart = (wanted: WantedPart) => Promise<string>;

/**
 * The parts of one backup as they are wanted: where they were found, or where somebody says that they are.
 *
 *     there    what a path has now is looked at where media may be changed: one drive has one path for all of them
 *     ask      until it is the part that is wanted, and the same that it was before; what else lies there is noted
 */
export class PartFinder {
  #set: VolumeSet;
  readonly #ask: AskForPart | undefined;
  readonly #unusable: ReadonlyMap<number, Failure>;

  /** @param unusable of files that are named as parts and are none, by number: why not. */
  constructor(set: VolumeSet, ask?: AskForPart, unusable: ReadonlyMap<number, Failure> = new Map()) {
    this.#set = set;
    this.#ask = ask;
    this.#unusable = unusable;
  }

  /** What has been found so far. */
  get set(): VolumeSet {
    return this.#set;
  }

  /** @throws Failure `incomplete` when it is not there, and nobody can be asked. */
  async find(number: number): Promise<Part> {
    const known = this.#set.parts.get(number);
    if (known !== undefined && (await this.#isThere(known))) return known;
    return this.askFor(number, known === undefined ? this.#unusable.get(number) : undefined);
  }

  /**
   * Asks for a part, be it there.
   *
   * @param fault why what was found will not do.
   * @throws Failure that fault where nobody can be asked.
   */
  async askFor(number: number, fault?: Failure): Promise<Part> {
    if (this.#ask === undefined) throw fault ?? missingFailure(this.#set);
    let folder = this.#lastFolder;
    let problem = fault && problemIn(fault);
    for (;;) {
      const { count, like } = this.#set;
      const { createdAt } = like.volume;
      const answer = await this.#ask({ number, count, createdAt, folder, ...(problem && { problem }) });
      try {
        const parts = (await findParts([answer])) ?? [];
        const part = parts.find(({ volume }) => volume.number === number);
        problem = part === undefined ? problemOf(parts, answer) : this.#take(part, parts);
        if (part !== undefined && problem === undefined) return part;
        folder = answer;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        problem = problemIn(error);
      }
    }
  }

  get #lastFolder(): string {
    return dirname(([...this.#set.parts.values()].at(-1) ?? this.#set.like).path);
  }

  /** Only where somebody can change media it may be another one than when it was found. */
  async #isThere({ path, volume }: Part): Promise<boolean> {
    // What an interrupted export was writing lies beside its archive.
    if (this.#ask === undefined || volume.digest === undefined) return true;
    const now = await readPart(path).catch(error => {
      if (error instanceof Failure) return undefined;
      throw error;
    });
    return now !== undefined && isSame(now.volume, volume);
  }

  /** Notes a part and what else is on its medium, which need not be asked for then; or why it will not do. */
  #take(part: Part, beside: readonly Part[]): string | undefined {
    const { number } = part.volume;
    const known = this.#set.parts.get(number);
    // The one that was given first may be due again, from another medium.
    const like = number === this.#set.like.volume.number ? part : this.#set.like;
    if (!belongs(part, this.#set)) arrangeVolumes([this.#set.like, part]);
    if (known !== undefined && !isSame(known.volume, part.volume)) {
      return `${part.path} is another part ${number} of the same backup than the one before: its digest differs`;
    }
    const parts = new Map(this.#set.parts);
    for (const other of beside) {
      const before = parts.get(other.volume.number);
      if (belongs(other, this.#set) && (before === undefined || isSame(before.volume, other.volume)))
        parts.set(other.volume.number, other);
    }
    parts.delete(like.volume.number);
    this.#set = arrangeVolumes([like, ...parts.values()]);
    return undefined;
  }
}

function isSame(a: Volume, b: Volume): boolean {
  return a.backup === b.backup && a.number === b.number && a.digest === b.digest;
}

function problemIn({ subject, message }: Failure): string {
  return `${subject}: ${message}`;
}

function problemOf(parts: readonly Part[], answer: string): string {
  const [part] = parts;
  if (part === undefined) return `${answer} has no part of a backup`;
  return `${part.path} is part ${part.volume.number} of the backup ${madeAt(part)}`;
}
