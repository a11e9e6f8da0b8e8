import { type Digest, hashFor, hexOf } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import { ARCHIVE_HEAD_BYTES, PLAN_BYTES, SEAL_BYTES } from '../base/limits.ts';
import type { Contents } from './head.ts';
import { isImageLayout, onlyLayout } from './image-layout/recognise.ts';
import { digestOfName, ENTRY, paddingAfter } from './layout.ts';
import type { Plan } from './plan.ts';
import { parsePlan } from './plan-file.ts';
import { parseSeal, type Seal } from './seal.ts';
import type { Source } from './source.ts';
import { BLOCK, decodeHeader, headerSizeOf } from './tar.ts';

/** Where a blob's bytes stand in the file. */
interface Found {
  readonly at: number;
  readonly size: number;
}

/** What of a damaged archive is as it was written. */
export interface Salvaged extends Contents {
  /** Layers by digest, each of which has been found right. */
  readonly layers: ReadonlyMap<Digest, Found>;
  /** Undefined when it is gone. */
  readonly seal: Seal | undefined;
}

/** How a plan starts, in whatever version. */
const PLAN_START = Buffer.from('{"formatVersion":');

/**
 * Looks for whatever is whole in an archive that is not. Blobs are known by their digests, so they may stand anywhere:
 * where there is no header of ours, the next one is looked for, block by block; what cannot be read is passed over.
 *
 * @param size of the file.
 * @throws Failure `damaged` when the plan is gone: without it nothing tells what the rest is; `not-an-archive` for images
 * that another program packed.
 */
export async function salvage(source: Source, size: number): Promise<Salvaged> {
  const scan = new Scan(source, size);
  await scan.run();
  if (scan.plan === undefined) {
    if (source.jump(0) && (await isImageLayout(source))) throw onlyLayout();
    throw new Failure('damaged', 'its plan is damaged, and without it nothing else can be made use of', {
      hints: [
        'copy the archive again from where it was made',
        'docs/format.md tells how to read what is left by hand',
      ],
    });
  }
  const { plan } = scan;
  const layers = new Map<Digest, Found>();
  for (const { digest, size } of plan.layers) {
    const found = scan.blobs.get(digest);
    if (found?.size === size) layers.set(digest, found);
  }
  const blobs = new Map<Digest, Buffer>();
  let bytes = 0;
  for (const [digest, found] of scan.blobs) {
    bytes += layers.has(digest) ? 0 : found.size;
    if (layers.has(digest) || bytes > ARCHIVE_HEAD_BYTES) continue;
    const read = await readFound(source, found);
    if (read !== undefined && isRight(digest, read)) blobs.set(digest, read);
  }
  return { plan, blobs, layers, seal: scan.seal };
}

class Scan {
  readonly blobs = new Map<Digest, Found>();
  plan: Plan | undefined;
  seal: Seal | undefined;
  readonly #source: Source;
  readonly #size: number;

  constructor(source: Source, size: number) {
    this.#source = source;
    this.#size = size;
  }

  async run(): Promise<void> {
    for (let at = 0; at + BLOCK <= this.#size; ) at = await this.#entryAt(at);
  }

  /** @returns where to look next. */
  async #entryAt(at: number): Promise<number> {
    const first = await readFound(this.#source, { at, size: BLOCK });
    const length = first === undefined ? BLOCK : headerSizeOf(first);
    const header = length === BLOCK ? first : await readFound(this.#source, { at, size: length });
    const entry = header?.length === length ? decodeHeader(header) : undefined;
    if (entry === undefined || 'problem' in entry) return at + BLOCK;
    const found = { at: at + length, size: entry.size };
    const next = found.at + entry.size + paddingAfter(entry.size);
    const digest = digestOfName(entry.name);
    if (digest !== undefined) await this.#blob(digest, found);
    else if (entry.name === ENTRY.seal) await this.#readSeal(found);
    else if (entry.name !== ENTRY.layout && entry.name !== ENTRY.index) return at + BLOCK;
    return next;
  }

  async #blob(digest: Digest, found: Found): Promise<void> {
    if (this.blobs.has(digest) || !(await matches(this.#source, digest, found))) return;
    this.blobs.set(digest, found);
    if (this.plan !== undefined || found.size > PLAN_BYTES) return;
    const start = await readFound(this.#source, { ...found, size: PLAN_START.length });
    if (start?.equals(PLAN_START)) this.plan = await this.#readPlan(found);
  }

  async #readPlan(found: Found): Promise<Plan | undefined> {
    const bytes = await readFound(this.#source, found);
    return bytes && unlessDamaged(() => parsePlan(bytes, 'the plan'));
  }

  async #readSeal(found: Found): Promise<void> {
    const bytes = found.size > SEAL_BYTES ? undefined : await readFound(this.#source, found);
    this.seal ??= bytes && unlessDamaged(() => parseSeal(bytes, ENTRY.seal));
  }
}

/** Bytes of the file; fewer where it ends, undefined where the medium does not give them. */
async function readFound(source: Source, { at, size }: Found): Promise<Buffer | undefined> {
  try {
    source.jump(at);
    const bytes = await source.take(size);
    return bytes.length === size ? bytes : undefined;
  } catch (error) {
    if (error instanceof Failure && error.code === 'io-error') return undefined;
    throw error;
  }
}

async function matches(source: Source, digest: Digest, { at, size }: Found): Promise<boolean> {
  try {
    const hash = hashFor(digest);
    let left = size;
    source.jump(at);
    for await (const piece of source.pieces(size)) {
      hash.update(piece);
      left -= piece.length;
      source.giveBack(piece);
    }
    return left === 0 && hash.digest('hex') === hexOf(digest);
  } catch (error) {
    if (error instanceof Failure && error.code === 'io-error') return false;
    throw error;
  }
}

function isRight(digest: Digest, bytes: Buffer): boolean {
  return hashFor(digest).update(bytes).digest('hex') === hexOf(digest);
}

/** A later version is no damage. */
function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Failure && error.code === 'damaged') return undefined;
    throw error;
  }
}
