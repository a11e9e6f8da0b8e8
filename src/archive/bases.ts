import type { Digest } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import { layersDigest } from './base.ts';
import type { Head } from './head.ts';
import type { LayerBytes } from './layer-bytes.ts';
import type { BaseName, Plan, PlannedLayer } from './plan.ts';
import type { ArchiveReader } from './reader.ts';

/** An archive with what people call it. */
interface Named {
  readonly file: string;
  readonly head: Head;
}

/** An archive that others leave layers to. */
export interface Base extends Named {
  readonly archive: ArchiveReader;
}

/** Where a layer is. */
interface Holder {
  readonly base: Base;
  readonly size: number;
  /** It, once it was read: what is gone on with in its middle is not hashed anew. */
  bytes?: LayerBytes | undefined;
}

/**
 * Archives that have what another one left to them: its base, the base of that, and so on.
 *
 *     open   each a file, or parts, which are found by the backup that they are of; head and seal are checked
 *     find   a layer is where its digest is, whichever archive it was left to, so any archive will do that has it
 *     read   by position, as often as it is asked for, checked against its digest
 *     gap    what none of them has is told before anything is read, with the archive of the chain that is missing
 */
export class Bases {
  readonly #all: readonly Base[];
  readonly #holders = new Map<Digest, Holder>();

  constructor(all: readonly Base[]) {
    this.#all = all;
    for (const base of all) {
      for (const { digest, size } of base.head.layers)
        if (!this.#holders.has(digest)) this.#holders.set(digest, { base, size });
    }
  }

  get plans(): Plan[] {
    return this.#all.map(({ head }) => head.plan);
  }

  /** Those that layers of an archive are read from, once each. */
  filesFor({ plan }: Pick<Head, 'plan'>): string[] {
    const holders = plan.layers.flatMap(layer =>
      layer.inBase && this.has(layer) ? (this.#holders.get(layer.digest)?.base.file ?? []) : [],
    );
    return [...new Set(holders)];
  }

  has({ digest, size }: Pick<PlannedLayer, 'digest' | 'size'>): boolean {
    return this.#holders.get(digest)?.size === size;
  }

  /**
   * Bytes of a layer, as of {@link LayerBytes.read}.
   *
   * @throws Failure `damaged` or `io-error`, with the file in its subject.
   */
  async *read({ digest }: Pick<PlannedLayer, 'digest'>, from: number, to: number): AsyncGenerator<Buffer> {
    const holder = this.#holders.get(digest);
    if (holder !== undefined) holder.bytes ??= holder.base.archive.layer(digest);
    const { base, bytes } = holder ?? {};
    if (base === undefined || bytes === undefined)
      throw new Failure('internal', 'a layer is read that no base has', { subject: digest });
    try {
      yield* bytes.read(from, to);
    } catch (error) {
      throw inFile(base.file, error);
    }
  }

  /** See {@link LayerBytes.done}. */
  done({ digest }: Pick<PlannedLayer, 'digest'>): void {
    this.#holders.get(digest)?.bytes?.done();
  }

  /** See {@link ArchiveReader.partBytes}. */
  get partBytes(): number {
    return this.#all.reduce((sum, { archive }) => sum + archive.partBytes, 0);
  }

  /** See {@link ArchiveReader.checkParts}. */
  async checkParts(onRead: (bytes: number) => void): Promise<void> {
    for (const { archive } of this.#all) await archive.checkParts(onRead);
  }

  /** What an archive leaves to archives that are not here; undefined when all of its layers are at hand. */
  gap(of: Named): Failure | undefined {
    const left = of.head.plan.layers.filter(layer => layer.inBase && !this.has(layer));
    if (left.length === 0) return undefined;
    const { chain, name } = this.#chain(of);
    const { file } = chain.at(-1) ?? of;
    const given = this.#all.map(base => {
      const { createdAt } = base.head.plan;
      // Such as a repair leaves of it.
      const isLess = createdAt === name?.createdAt && !chain.includes(base);
      const lacks = isLess ? ', which does not have all of its layers any more' : '';
      return `given was ${base.file}, the backup made at ${createdAt}${lacks}`;
    });
    const made = name === undefined ? '' : `, the backup made at ${name.createdAt}`;
    const known = name === undefined ? '' : `; the digest of its layers is ${name.layers}`;
    return new Failure(
      'base-missing',
      `${left.length} of ${of.head.plan.layers.length} layers are in its base, and the base of ${file}${made}, is not at hand`,
      { subject: of.file, hints: [...given, `give that backup with --base, or a copy of it${known}`] },
    );
  }

  /** The archives of the chain from one on, and the name of the last one's base, which is not here. */
  #chain(from: Named): { chain: Named[]; name: BaseName | undefined } {
    const chain = [from];
    for (let at = from; ; ) {
      const name = at.head.plan.base;
      const next = this.#all.find(base => name && layersDigest(base.head.plan.layers) === name.layers);
      if (next === undefined || chain.includes(next)) return { chain, name };
      chain.push(next);
      at = next;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map(({ archive }) => archive.close()));
  }
}

/** The same failure, with the file that it is in. */
export function inFile(file: string, error: unknown): unknown {
  if (!(error instanceof Failure) || error.subject?.startsWith(file)) return error;
  const { code, message, subject, hints, cause } = error;
  return new Failure(code, message, {
    subject: subject === undefined ? file : `${file}: ${subject}`,
    hints: [...hints],
    cause,
  });
}
