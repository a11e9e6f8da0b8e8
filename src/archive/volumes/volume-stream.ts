import { Failure } from '../../base/errors.ts';
import { PADDING_BYTES } from '../../base/limits.ts';
import { type Feed, Source } from '../source.ts';
import { isZero } from '../tar.ts';
import { damaged } from '../tar-reader.ts';
import { backBytes, decodeFront, FRONT_BYTES, isBack, looksLikeVolume, type Volume } from './front.ts';
import type { Part } from './part-files.ts';
import { arrangeVolumes, belongs, missingFailure } from './volume-set.ts';

/** Enough of a stream to see whether a part begins there. */
const START_BYTES = 16;

/**
 * Bytes that come one after the other: an archive as it is, or its parts one behind the other, as `cat` or a tape brings
 * them.
 *
 * @param name of the stream, for messages.
 */
export async function openStream(stream: Feed, name: string): Promise<Feed> {
  let start: Buffer = Buffer.alloc(0);
  while (start.length < START_BYTES) {
    const piece = await stream.pull(Buffer.allocUnsafeSlow(START_BYTES));
    if (piece === undefined) break;
    start = Buffer.concat([start, piece]);
  }
  let isFirst = start.length > 0;
  const whole: Feed = {
    async pull(into) {
      if (!isFirst) return stream.pull(into);
      isFirst = false;
      return start;
    },
    stopAt: signal => stream.stopAt?.(signal),
    close: () => stream.close(),
  };
  return looksLikeVolume(start) ? new VolumeStream(new Source(whole, () => {}), name) : whole;
}

/**
 * The archive that parts make which come in order.
 *
 *     front   says which part it is: the next one of the same backup, or the reading ends
 *     data    passes; every byte of it is known to the archive
 *     back    the zeros behind it; after the last part the archive ends
 */
class VolumeStream implements Feed {
  readonly #source: Source;
  readonly #name: string;
  /** The parts that have passed. */
  readonly #passed: Part[] = [];
  #volume: Volume | undefined;
  /** Of the data of the part that is passing. */
  #left = 0;
  #position = 0;

  constructor(source: Source, name: string) {
    this.#source = source;
    this.#name = name;
  }

  async pull(into: Buffer): Promise<Buffer | undefined> {
    while (this.#left === 0) {
      if (this.#volume !== undefined) await this.#leave(this.#volume);
      if (this.#volume?.count !== undefined) return this.#checkEnd();
      await this.#enter();
    }
    for await (const piece of this.#source.pieces(Math.min(into.length, this.#left))) {
      const length = piece.copy(into);
      this.#source.giveBack(piece);
      this.#left -= length;
      this.#position += length;
      return into.subarray(0, length);
    }
    throw cut(this.#place);
  }

  stopAt(signal: AbortSignal): void {
    this.#source.stopAt(signal);
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  async blame(failure: Failure, since: number): Promise<Failure> {
    const number = this.#passed.find(({ volume }) => since < volume.offset + volume.size)?.volume.number;
    const to = this.#volume?.number;
    const parts = number === to ? `part ${to}` : `parts ${number} to ${to}`;
    return new Failure(failure.code, failure.message, {
      subject: `${this.#name}, ${parts}: ${failure.subject ?? ''}`,
      hints: failure.hints.slice(),
      cause: failure.cause,
    });
  }

  get #place(): string {
    return `${this.#name}, part ${this.#volume?.number ?? 1}`;
  }

  async #enter(): Promise<void> {
    const front = await this.#source.take(FRONT_BYTES);
    const [like] = this.#passed;
    if (front.length === 0 && like !== undefined) throw missingFailure(this.#set(like));
    const number = this.#passed.length + 1;
    const path = `${this.#name}, part ${number}`;
    if (front.length < FRONT_BYTES) throw cut(path);
    const volume = decodeFront(front, path);
    if (volume.digest === undefined)
      throw new Failure('incomplete', 'this part was not written to its end', { subject: path });
    const part = { path, volume };
    if (volume.number !== number || (like !== undefined && !belongs(part, this.#set(like)))) {
      throw damaged(`part ${volume.number} of the backup made at ${volume.createdAt} comes here`, path);
    }
    this.#passed.push(part);
    this.#volume = volume;
    this.#left = volume.size;
  }

  /** Tapes pad with zeros. */
  async #checkEnd(): Promise<undefined> {
    const rest = await this.#source.take(PADDING_BYTES + 1);
    if (rest.length > PADDING_BYTES || !isZero(rest))
      throw damaged('something follows the last part', this.#name);
  }

  async #leave(volume: Volume): Promise<void> {
    const back = await this.#source.take(backBytes(volume.size));
    if (!isBack(back, volume)) throw damaged('the end of this part is damaged', this.#place);
  }

  #set(like: Part) {
    return arrangeVolumes([like, ...this.#passed.slice(1)]);
  }
}

function cut(place: string): Failure {
  return new Failure('incomplete', 'the stream ends in the middle of this part', {
    subject: place,
    hints: ['give all parts, in order'],
  });
}
