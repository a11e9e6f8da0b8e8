import type { Hash } from 'node:crypto';
import type { Head } from '../archive/head.ts';
import type { SealSigner } from '../archive/signature.ts';
import type { Sink } from '../archive/sink.ts';
import type { Point } from '../archive/unfinished.ts';
import { ArchiveWriter } from '../archive/writer.ts';
import { PARTS_BYTES } from '../base/limits.ts';
import type { Report } from '../progress/events.ts';
import { showRepository } from '../registry/reference.ts';
import type { BlobSource, Registries } from '../registry/registry.ts';
import { AskedAhead } from './asked-ahead.ts';
import { explained } from './layer-failure.ts';

/** What passes from a near registry in the time that it takes to ask for the drift. */
const NEAR_END_BYTES = 3 * PARTS_BYTES;

/** What is written, from where and to where. */
export interface WriteOptions {
  readonly head: Head;
  /** Where each layer of the archive can be fetched, in its order. */
  readonly sources: readonly BlobSource[];
  readonly sink: Sink;
  readonly registries: Registries;
  /** Signs the seal. */
  readonly signer: SealSigner | undefined;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
  /** Where the archive is gone on with; the sink stands there. */
  readonly from?: Point & { readonly hash: Hash | undefined };
  /** Told when so much is written that the export can be gone on with. */
  readonly onResumable?: () => void;
  /** Asked when all layers are as good as written, or so few that they will be soon: names of objects that changed since they were listed. */
  readonly drift?: () => Promise<string[]>;
}

/**
 * Writes an archive, or the rest of one:
 *
 *     head     unless it is there
 *     layers   each once as it comes from the registry, the one that was broken off from where it was
 *     seal     and the file gets its name
 *
 * @throws Failure `registry-missing` when a layer has vanished since it was planned.
 */
export async function writeArchive(options: WriteOptions): Promise<void> {
  const { head, sink, signer, from, onResumable } = options;
  const writer = new ArchiveWriter(sink, head, signer);
  const drift = new AskedAhead(options.drift ?? (async () => []));
  if (bytesOf(options.sources) <= NEAR_END_BYTES) drift.begin();
  if (from === undefined) await writer.writeHead();
  else await writer.resume(from);
  onResumable?.();
  await writeLayers(writer, options, () => drift.begin());
  await writer.seal({ losses: [], drift: await drift.answer() });
  await sink.commit();
}

/** Each chunk is written while the next one is waited for and hashed. */
async function writeLayers(
  writer: ArchiveWriter,
  options: WriteOptions,
  onNearEnd: () => void,
): Promise<void> {
  const { sources, registries, report, signal } = options;
  const { skipped, begun } = whereFrom(options);
  const wanted = sources.slice(skipped);
  let left = bytesOf(wanted) - (begun?.passed ?? 0);
  let writing: Promise<void> = Promise.resolve();
  let current = -1;
  let bytes = 0;
  const onBegin = (index: number) => {
    const { descriptor, repositories } = wanted[index] as BlobSource;
    const user = repositories[0] === undefined ? '' : showRepository(repositories[0]);
    report({ type: 'blob-started', digest: descriptor.digest, bytes: descriptor.size, for: user });
  };
  const passing = registries.blobs(wanted, {
    ...(signal && { signal }),
    begun,
    onBegin,
    onProgress: (index, bytes) => {
      const { digest } = (wanted[index] as BlobSource).descriptor;
      report({ type: 'blob-progress', digest, bytes });
    },
  });
  for await (const { index, chunk } of explained(passing, wanted, options.head)) {
    const source = wanted[index];
    if (source === undefined) continue;
    const { digest, size } = source.descriptor;
    if (index !== current) {
      current = index;
      bytes = index === 0 ? (begun?.passed ?? 0) : 0;
    }
    await writing;
    writing = writer.writeLayer(skipped + index, chunk);
    // It is waited for one chunk later; until then its failure must not count as unhandled.
    writing.catch(() => undefined);
    bytes += chunk.length;
    left -= chunk.length;
    if (left <= NEAR_END_BYTES) onNearEnd();
    if (bytes === size) report({ type: 'blob-done', digest, bytes, how: 'moved' });
  }
  await writing;
}

function bytesOf(sources: readonly BlobSource[]): number {
  return sources.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
}

/** How many layers are there already, and what of the next one is. */
function whereFrom({ from, head }: WriteOptions) {
  if (from === undefined) return { skipped: 0, begun: undefined };
  const { index, passed, hash } = from;
  if (passed > 0 && passed === head.layers[index]?.size) return { skipped: index + 1, begun: undefined };
  return { skipped: index, begun: hash && passed > 0 ? { passed, hash } : undefined };
}
