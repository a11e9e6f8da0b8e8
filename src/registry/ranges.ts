import { Failure } from '../base/errors.ts';
import { Ahead } from './ahead.ts';
import { headBlob } from './blobs.ts';
import { lengthOf } from './body.ts';
import type { Descriptor } from './descriptor.ts';
import type { FastLane } from './fast-lane.ts';
import { openForeign } from './foreign.ts';
import { type Repository, showReference } from './reference.ts';
import { refusalOf } from './refusal.ts';
import type { BlobSource } from './registry.ts';
import type { Ask, Remote } from './remote.ts';
import type { Answer } from './transport.ts';

/** A stretch of a blob. */
export interface Part {
  readonly offset: number;
  readonly length: number;
  /** Up to here, where it is not the part's own end, one request may bring this part and those that follow it. */
  readonly end?: number;
}

/** Where the bytes of a part go. */
export interface Room {
  /** As long as the part. */
  readonly into: Buffer;
  /** Told how much of it is there, which is less again when the part is asked for again. */
  readonly onFilled?: ((bytes: number) => void) | undefined;
}

/** A part that is asked for. */
export interface WantedPart extends Part, Room {
  readonly signal?: AbortSignal | undefined;
}

/** A blob as one repository has it. */
interface Held {
  readonly repository: Repository;
  readonly descriptor: Descriptor;
}

/** Reads blobs and parts of blobs from whichever of their repositories has them. */
export class BlobReader {
  readonly #remote: Remote;
  readonly #fastLane: FastLane;
  readonly #ahead = new Ahead();
  /**
   * The repository of a source that has answered last: the ones before it do not have the blob. After the last one
   * come the urls of a foreign layer.
   */
  readonly #holders = new WeakMap<BlobSource, number>();
  /** Registries that answer a range with the whole blob. */
  readonly #rangeless = new Set<string>();

  constructor(remote: Remote, fastLane: FastLane) {
    this.#remote = remote;
    this.#fastLane = fastLane;
  }

  /** See {@link Remote.distanceMs}. */
  get distanceMs(): number {
    return this.#remote.distanceMs;
  }

  /** Whether parts of the blob can be had, as far as is known. */
  hasRanges(source: BlobSource): boolean {
    const holder = source.repositories[this.#holders.get(source) ?? 0];
    return holder === undefined ? !this.#isElsewhere(source) : !this.#rangeless.has(holder.registry);
  }

  /**
   * Brings a part. False when there are no ranges to be had: {@link stream} it then. A broken connection costs this part
   * only, which is asked for again.
   */
  async read(source: BlobSource, wanted: WantedPart): Promise<boolean> {
    const { descriptor } = source;
    if (this.#isElsewhere(source)) return false;
    if (this.#ahead.give(descriptor, wanted)) return true;
    const range = wanted.length === descriptor.size ? undefined : wanted;
    const filled = this.#fromHolder(source, async repository => {
      const held = { repository, descriptor };
      if (range !== undefined && this.#rangeless.has(repository.registry)) return false;
      if (await this.#fast(held, wanted)) return true;
      return this.#remote.ask(askFor(held, wanted.signal, range), async answer => {
        if (range !== undefined && answer.status === 200) {
          this.#rangeless.add(repository.registry);
          return false;
        }
        await check(answer, held, range);
        await fill(wanted, answer, subjectOf(held));
        return true;
      });
    });
    return filled.catch(error => {
      if (this.#isElsewhere(source)) return false;
      throw error;
    });
  }

  /** Whether the repository has the blob; a small one is fetched at once and held until it is read. */
  async find(repository: Repository, descriptor: Descriptor, signal?: AbortSignal): Promise<boolean> {
    const whole = { offset: 0, length: descriptor.size };
    const source = { descriptor, repositories: [repository] };
    const came = await this.#ahead.fetch(descriptor, into => this.read(source, { ...whole, into, signal }));
    return came ?? headBlob(this.#remote, repository, descriptor.digest, signal, descriptor.size);
  }

  /**
   * The blob from `passed` bytes on as one stream. Broken off, it is asked for again from its beginning, since the
   * registry has no ranges, and what was yielded already is skipped.
   */
  async *stream(source: BlobSource, passed: number, signal: AbortSignal): AsyncGenerator<Buffer> {
    const { size } = source.descriptor;
    let done = passed;
    for (let attempt = 1; done < size; attempt++) {
      const answer = await this.#open(source, signal);
      let at = 0;
      try {
        for await (const chunk of answer.body as AsyncIterable<Buffer>) {
          const fresh = chunk.subarray(Math.max(0, done - at));
          at += chunk.length;
          if (at > size) throw mismatch(`the blob has more than its ${size} bytes`, nameOf(source));
          done += fresh.length;
          if (fresh.length > 0) yield fresh;
        }
      } catch (error) {
        await this.#remote.pause(error, answer.url.host, nameOf(source), attempt, signal);
        continue;
      }
      if (at !== size) throw mismatch(`the blob has ${at} bytes and not ${size}`, nameOf(source));
    }
  }

  #open(source: BlobSource, signal: AbortSignal): Promise<Answer> {
    const [repository] = source.repositories;
    if (repository !== undefined && this.#isElsewhere(source)) {
      return openForeign(this.#remote, repository, source.descriptor, signal);
    }
    return this.#fromHolder(source, repository => {
      const held = { repository, descriptor: source.descriptor };
      return this.#remote.ask(askFor(held, signal), async answer => {
        await check(answer, held);
        return answer;
      });
    });
  }

  /** Whether no repository has it, and urls are left to try. */
  #isElsewhere(source: BlobSource): boolean {
    return this.#holders.get(source) === source.repositories.length;
  }

  async #fast(held: Held, wanted: WantedPart): Promise<boolean> {
    const outcome = await this.#fastLane.read(held.repository, held.descriptor, wanted);
    if (outcome !== 'broken') return outcome === 'filled';
    const broke = { reason: 'the connection broke', attempt: 1, delayMs: 0 };
    this.#remote.retry.onRetry?.({ subject: subjectOf(held), ...broke });
    return false;
  }

  /** Tries the repositories in turn; one that does not have the blob (404) leaves it to the next. */
  async #fromHolder<T>(source: BlobSource, use: (repository: Repository) => Promise<T>): Promise<T> {
    const { repositories } = source;
    for (let at = this.#holders.get(source) ?? 0; ; at++) {
      const repository = repositories[at];
      if (repository === undefined) throw new Failure('internal', 'a blob without a repository');
      try {
        return await use(repository);
      } catch (error) {
        const missing = error instanceof Failure && error.code === 'registry-missing';
        const isLast = at + 1 >= repositories.length;
        if (missing && (!isLast || isForeign(source))) this.#holders.set(source, at + 1);
        if (!missing || isLast) throw error;
      }
    }
  }
}

function isForeign({ descriptor }: BlobSource): boolean {
  return (descriptor.urls?.length ?? 0) > 0;
}

/** @param part of the blob, where it is not wanted whole */
function askFor(held: Held, signal: AbortSignal | undefined, part?: Part): Ask {
  const range = part && { range: `bytes=${part.offset}-${part.offset + part.length - 1}` };
  const target = `blobs/${held.descriptor.digest}`;
  return {
    ...{ repository: held.repository, access: 'pull', method: 'GET', target, follow: true, signal },
    ...(range && { headers: range }),
    subject: subjectOf(held),
  };
}

/** Checks that an answer is what was asked for, as {@link askFor}. */
async function check(answer: Answer, held: Held, part?: Part): Promise<void> {
  const subject = subjectOf(held);
  const { size } = held.descriptor;
  if (answer.status !== (part === undefined ? 200 : 206)) {
    if (answer.status === 416) throw mismatch(`the registry has less than ${size} bytes of it`, subject);
    if (answer.status < 300)
      throw mismatch(`the registry answered ${answer.status} to a request for it`, subject);
    throw await refusalOf(answer, held.repository.registry, subject);
  }
  const wanted = part?.length ?? size;
  const length = lengthOf(answer, wanted);
  if (length !== wanted) throw mismatch(`the registry sends ${length} bytes and not ${wanted}`, subject);
  if (part !== undefined && !isRange(answer.headers['content-range'], part, size)) {
    throw mismatch(`the registry sends another range than bytes ${part.offset} and on`, subject);
  }
}

function subjectOf({ repository, descriptor: { digest } }: Held): string {
  return showReference({ ...repository, digest });
}

/** Whether a Content-Range header states this part (RFC 9110 §14.4). */
export function isRange(header: unknown, { offset, length }: Part, size: number): boolean {
  const stated = `bytes ${offset}-${offset + length - 1}/`;
  return header === `${stated}${size}` || header === `${stated}*`;
}

async function fill({ into, onFilled }: Room, answer: Answer, subject: string): Promise<void> {
  let at = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    if (at + chunk.length > into.length)
      throw mismatch('the registry sends more than it was asked for', subject);
    chunk.copy(into, at);
    at += chunk.length;
    onFilled?.(at);
  }
  if (at < into.length) throw mismatch('the registry sends less than it was asked for', subject);
}

function nameOf({ descriptor, repositories: [repository] }: BlobSource): string {
  return repository ? showReference({ ...repository, digest: descriptor.digest }) : descriptor.digest;
}

function mismatch(message: string, subject: string): Failure {
  return new Failure('content-mismatch', message, { subject });
}
