import type { PlannedLayer } from '../archive/plan.ts';
import { forEachLimit } from '../base/concurrency.ts';
import type { Digest } from '../base/digest.ts';
import { READ_BYTES, UPLOAD_BUFFER_BYTES, UPLOAD_HELD_BYTES } from '../base/limits.ts';
import { ByteBudget, ChunkQueue } from '../base/queue.ts';
import type { Report } from '../progress/events.ts';
import type { Descriptor } from '../registry/descriptor.ts';
import { Pace } from '../registry/pace.ts';
import { type Repository, showRepository } from '../registry/reference.ts';
import type { Registries } from '../registry/registry.ts';

/** Which repositories still lack which layer, asked before the first byte passes: the true total of a restore. */
export interface LayerWork {
  /** Repositories that have it already. */
  readonly holders: readonly Repository[];
  readonly lacking: readonly Repository[];
}

export async function surveyLayers(
  targets: ReadonlyMap<Digest, readonly Repository[]>,
  registries: Registries,
  signal?: AbortSignal,
): Promise<Map<Digest, LayerWork>> {
  const work = new Map<Digest, LayerWork>();
  await forEachLimit(targets, registries.flow.most, async ([digest, repositories]) => {
    const has = await Promise.all(repositories.map(at => registries.hasBlob(at, digest, signal)));
    work.set(digest, {
      holders: repositories.filter((_, index) => has[index]),
      lacking: repositories.filter((_, index) => !has[index]),
    });
  });
  return work;
}

/** What is known of a layer while it is uploaded. */
type Passing = Pick<LayerStream, 'layer'> & { readonly again: LayerStream['again'] | undefined };

export interface LayerStream {
  readonly layer: PlannedLayer;
  readonly body: AsyncIterable<Buffer>;
  /** Takes a piece of the body back, when nobody needs what is in it. */
  giveBack(piece: Buffer): void;
  /** The body once more, where that can be had: for a registry that loses an upload. */
  readonly again?: () => AsyncIterable<Buffer>;
}

/**
 * Sends layers on as they pass.
 *
 *     for each layer in the archive's order
 *       nobody asked about it      → its bytes run past: it belongs to images that are not restored
 *       nobody lacks it            → its bytes run past (the archive's reader still checks them)
 *       some repository has it     → mounted into the others; where a registry will not mount, uploaded
 *       nobody has it              → uploaded to the first that lacks it, then mounted into the rest
 *       a mount refused afterwards → copied from the first repository: the archive cannot be read twice
 *
 * Uploads run side by side within one budget of bytes; the reader goes on with the next layer as soon as the last
 * byte of this one is in the budget. The first failed upload ends the run; what is there by then stays, and
 * the next run finds it.
 */
export async function pushLayers(
  layers: AsyncIterable<LayerStream>,
  work: ReadonlyMap<Digest, LayerWork>,
  registries: Registries,
  report: Report,
  signal?: AbortSignal,
): Promise<void> {
  const pusher = new LayerPusher(registries, report, signal);
  try {
    for await (const stream of layers) {
      const asked = work.get(stream.layer.digest);
      if (asked === undefined) await pusher.pass(stream);
      else await pusher.push(stream, asked.holders, asked.lacking);
    }
  } finally {
    await pusher.settle();
  }
  pusher.throwIfFailed();
}

class LayerPusher {
  readonly #registries: Registries;
  readonly #report: Report;
  readonly #signal: AbortSignal | undefined;
  readonly #budget = new ByteBudget(UPLOAD_BUFFER_BYTES);
  readonly #pace: Pace;
  readonly #underWay = new Set<Promise<void>>();
  #failure: unknown;

  constructor(registries: Registries, report: Report, signal: AbortSignal | undefined) {
    this.#registries = registries;
    this.#report = report;
    this.#signal = signal;
    this.#pace = new Pace(registries.flow);
  }

  /** Reads on, as long as no upload has failed. */
  async pass({ body, giveBack }: Pick<LayerStream, 'body' | 'giveBack'>): Promise<void> {
    for await (const piece of body) {
      giveBack(piece);
      this.throwIfFailed();
    }
  }

  async push(
    { layer, body, giveBack, again }: LayerStream,
    holders: readonly Repository[],
    lacking: readonly Repository[],
  ) {
    const { digest, size: bytes } = layer;
    const stillLacking = await this.#mount(digest, holders, lacking);
    const [first, ...rest] = stillLacking;
    if (first === undefined) {
      await this.pass({ body, giveBack });
      this.#report({ type: 'blob-done', digest, bytes, how: lacking.length > 0 ? 'mounted' : 'present' });
      return;
    }
    while (this.#underWay.size >= this.#registries.flow.limit) await Promise.race(this.#underWay);
    const queue = new ChunkQueue(this.#budget, UPLOAD_HELD_BYTES + READ_BYTES, giveBack);
    this.#start({ layer, again }, queue, first, rest);
    try {
      for await (const chunk of body) {
        this.throwIfFailed();
        await queue.push(chunk);
      }
      queue.end();
    } catch (error) {
      queue.end(error);
      throw error;
    }
  }

  /** Mounts a blob from a repository that has it; returns those that still lack it. */
  async #mount(
    digest: Digest,
    holders: readonly Repository[],
    lacking: readonly Repository[],
  ): Promise<Repository[]> {
    const still: Repository[] = [];
    for (const repository of lacking) {
      const from = holders.find(holder => holder.registry === repository.registry);
      if (from === undefined || !(await this.#registries.mountBlob(repository, digest, from, this.#signal))) {
        still.push(repository);
      }
    }
    return still;
  }

  #start(stream: Passing, queue: ChunkQueue, first: Repository, rest: readonly Repository[]): void {
    const upload = this.#upload(stream, queue, first, rest)
      .catch(error => {
        this.#failure ??= error;
      })
      .finally(() => {
        // Also after success: a registry may be content before it has read everything.
        queue.abandon();
        this.#underWay.delete(upload);
      });
    this.#underWay.add(upload);
  }

  async #upload(
    { layer: { digest, size: bytes }, again }: Passing,
    queue: ChunkQueue,
    first: Repository,
    rest: readonly Repository[],
  ): Promise<void> {
    const descriptor: Descriptor = { mediaType: 'application/octet-stream', digest, size: bytes };
    this.#report({ type: 'blob-started', digest, bytes, for: showRepository(first) });
    await this.#registries.pushBlob(first, descriptor, this.#counted(digest, queue), {
      signal: this.#signal,
      isChecked: true,
      ...(again && { again }),
    });
    for (const repository of await this.#mount(digest, [first], rest)) {
      const copy = () => this.#copy(descriptor, first);
      await this.#registries.pushBlob(repository, descriptor, copy(), {
        signal: this.#signal,
        again: copy,
        isChecked: true,
      });
    }
    this.#report({ type: 'blob-done', digest, bytes, how: 'moved' });
  }

  async *#copy(descriptor: Descriptor, from: Repository): AsyncGenerator<Buffer> {
    const source = [{ descriptor, repositories: [from] }];
    const options = this.#signal === undefined ? {} : { signal: this.#signal };
    // Uploads hold what they were given, and a reader of blobs uses its buffers again.
    for await (const { chunk } of this.#registries.blobs(source, options)) yield Buffer.from(chunk);
  }

  async *#counted(digest: Digest, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let bytes = 0;
    for await (const chunk of chunks) {
      yield chunk;
      bytes += chunk.length;
      this.#pace.passed(chunk.length);
      this.#report({ type: 'blob-progress', digest, bytes });
    }
  }

  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
