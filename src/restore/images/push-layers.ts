import type { PlannedLayer } from '../../archive/plan.ts';
import { forEachLimit } from '../../base/concurrency.ts';
import type { Digest } from '../../base/digest.ts';
import {
  ASIDE_BYTES,
  ASIDE_PIECE_BYTES,
  ASIDE_PIECES,
  READ_BYTES,
  UPLOAD_BUFFER_BYTES,
  UPLOAD_HELD_BYTES,
} from '../../base/limits.ts';
import { ByteBudget, ChunkQueue } from '../../base/queue.ts';
import type { Report } from '../../progress/events.ts';
import type { Descriptor } from '../../registry/descriptor.ts';
import { Pace } from '../../registry/pace.ts';
import { type Repository, showRepository } from '../../registry/reference.ts';
import type { BlobBytes, Registries } from '../../registry/registry.ts';

/** Which repositories still lack which layer, asked before the first byte passes: the true total of a restore. */
export interface LayerWork {
  /** Repositories that have it already. */
  readonly holders: readonly Repository[];
  readonly lacking: readonly Repository[];
}

/** Asks all repositories for the layers that they need, and have perhaps. */
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

/** A layer on its way: read from a file, or as it passes. */
interface Sent {
  readonly layer: PlannedLayer;
  readonly bytes: AsyncIterable<Buffer> | BlobBytes;
  readonly again?: (() => AsyncIterable<Buffer>) | undefined;
}

/** A layer as it passes in an archive. */
export interface LayerStream {
  readonly layer: PlannedLayer;
  readonly body: AsyncIterable<Buffer>;
  /** Takes a piece of the body back, when nobody needs what is in it. */
  giveBack(piece: Buffer): void;
  /** The body once more, where that can be had: for a registry that loses an upload. */
  readonly again?: () => AsyncIterable<Buffer>;
  /** Takes the body out of the pass, of a file: it is read, and checked, by whoever calls this, until it says so. */
  readonly aside?: () => BlobBytes & { done(): void };
}

/**
 * Sends layers to the repositories that need them.
 *
 *     for each layer in the archive's order, when a transfer is free
 *       large, and of a file       → taken out of the pass and read on its side, as others are at the same time
 *       small, or of a pipe        → its bytes pass; the next layer's turn is when all of them are in the budget
 *
 *       nobody asked about it      → its bytes are read and checked: it belongs to images that are not restored; those
 *                                    of a base stay where they are, here and in what follows
 *       nobody lacks it            → the same
 *       some repository has it     → mounted into the others; where a registry will not mount, uploaded
 *       nobody has it              → uploaded to the first that lacks it, then mounted into the rest
 *       a mount refused afterwards → copied from the first repository: the bytes may have passed
 *
 * All uploads share one budget of bytes. A layer's last bytes are sent only when all of it has been found right, so that
 * no registry ever has one that is not. The first failure stops what is under way; what is there by then stays, and the
 * next run finds it.
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
    for await (const stream of layers) await pusher.push(stream, work.get(stream.layer.digest));
  } catch (error) {
    pusher.fail(error);
  } finally {
    await pusher.settle();
  }
  pusher.throwIfFailed();
}

/** Of a layer that nobody asked about. */
const NOTHING_TO_DO: LayerWork = { holders: [], lacking: [] };
/** What an upload that reads by itself holds. */
const ASIDE_HELD_BYTES = ASIDE_PIECES * ASIDE_PIECE_BYTES;

class LayerPusher {
  readonly #registries: Registries;
  readonly #report: Report;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #budget = new ByteBudget(UPLOAD_BUFFER_BYTES);
  readonly #pace: Pace;
  readonly #underWay = new Set<Promise<void>>();
  /** Resolved when more may be under way than is. */
  #room = Promise.withResolvers<void>();
  #failure: unknown;

  constructor(registries: Registries, report: Report, signal: AbortSignal | undefined) {
    this.#registries = registries;
    this.#report = report;
    this.#signal = AbortSignal.any([this.#stop.signal, ...(signal ? [signal] : [])]);
    this.#pace = new Pace(registries.flow);
  }

  /** Resolves when the next layer may come; this one may still be under way then. */
  async push(stream: LayerStream, work: LayerWork | undefined): Promise<void> {
    if (work === undefined && stream.layer.inBase) return;
    const bytes = stream.layer.size >= ASIDE_BYTES ? stream.aside?.() : undefined;
    if (bytes === undefined) return this.#pushPassing(stream, work);
    await this.#turn();
    await this.#budget.take(ASIDE_HELD_BYTES);
    const { layer } = stream;
    const push = this.#pushAside({ layer, bytes }, work).then(() => bytes.done());
    this.#start(push, () => this.#budget.give(ASIDE_HELD_BYTES));
  }

  async #pushAside(sent: Sent & { readonly bytes: BlobBytes }, work: LayerWork | undefined): Promise<void> {
    const [first, ...rest] = await this.#mount(sent.layer.digest, work);
    if (first !== undefined) return this.#upload(sent, first, rest);
    if (!sent.layer.inBase) for await (const _ of sent.bytes.read(0, sent.layer.size)) this.throwIfFailed();
    if (work) this.#there(sent.layer, work);
  }

  async #pushPassing(
    { layer, body, giveBack, again }: LayerStream,
    work: LayerWork | undefined,
  ): Promise<void> {
    const [first, ...rest] = await this.#mount(layer.digest, work);
    if (first === undefined) {
      if (!layer.inBase) {
        for await (const piece of body) {
          giveBack(piece);
          this.throwIfFailed();
        }
      }
      if (work) this.#there(layer, work);
      return;
    }
    await this.#turn();
    const queue = new ChunkQueue(this.#budget, UPLOAD_HELD_BYTES + READ_BYTES, giveBack);
    // Abandoned also after success: a registry may be content before it has read everything.
    this.#start(this.#upload({ layer, bytes: queue, again }, first, rest), () => queue.abandon());
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

  /** Every repository had it, or it was mounted. */
  #there({ digest, size: bytes }: PlannedLayer, { lacking }: LayerWork): void {
    this.#report({ type: 'blob-done', digest, bytes, how: lacking.length > 0 ? 'mounted' : 'present' });
  }

  /** Waits until one more may be under way. */
  async #turn(): Promise<void> {
    while (this.#underWay.size >= this.#registries.flow.limit) {
      this.#room = Promise.withResolvers();
      await Promise.race([...this.#underWay, this.#room.promise]);
    }
    this.throwIfFailed();
  }

  /** Mounts a blob from a repository that has it; returns those that still lack it. */
  async #mount(digest: Digest, { holders, lacking }: LayerWork = NOTHING_TO_DO): Promise<Repository[]> {
    const still: Repository[] = [];
    for (const repository of lacking) {
      const from = holders.find(holder => holder.registry === repository.registry);
      if (from === undefined || !(await this.#registries.mountBlob(repository, digest, from, this.#signal))) {
        still.push(repository);
      }
    }
    return still;
  }

  #start(work: Promise<void>, end: () => void): void {
    const upload = work
      .catch(error => this.fail(error))
      .finally(() => {
        end();
        this.#underWay.delete(upload);
      });
    this.#underWay.add(upload);
  }

  async #upload(
    { layer: { digest, size: bytes }, bytes: body, again }: Sent,
    first: Repository,
    rest: readonly Repository[],
  ): Promise<void> {
    const descriptor: Descriptor = { mediaType: 'application/octet-stream', digest, size: bytes };
    this.#report({ type: 'blob-started', digest, bytes, for: showRepository(first) });
    await this.#registries.pushBlob(first, descriptor, this.#counted(digest, body), {
      signal: this.#signal,
      isChecked: true,
      ...(again && { again }),
    });
    for (const repository of await this.#mount(digest, { holders: [first], lacking: rest })) {
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
    // Uploads hold what they were given, and a reader of blobs uses its buffers again.
    for await (const { chunk } of this.#registries.blobs(source, { signal: this.#signal }))
      yield Buffer.from(chunk);
  }

  /** The same bytes, with every piece told of that is on its way. */
  #counted(digest: Digest, body: Sent['bytes']): Sent['bytes'] {
    let most = 0;
    const passed = (chunk: Buffer, to: number) => {
      this.#pace.passed(chunk.length);
      if (this.#underWay.size < this.#registries.flow.limit) this.#room.resolve();
      // What is sent again is no progress.
      most = Math.max(most, to);
      this.#report({ type: 'blob-progress', digest, bytes: most });
    };
    if (!('read' in body)) return telling(body, 0, passed);
    return { read: (from, to) => telling(body.read(from, to), from, passed) };
  }

  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  fail(error: unknown): void {
    this.#failure ??= error;
    this.#stop.abort(this.#failure);
  }

  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/** The same pieces; of each, when the next is asked for, where it ends. */
async function* telling(
  pieces: AsyncIterable<Buffer>,
  from: number,
  passed: (piece: Buffer, to: number) => void,
): AsyncGenerator<Buffer> {
  let at = from;
  for await (const piece of pieces) {
    yield piece;
    at += piece.length;
    passed(piece, at);
  }
}
