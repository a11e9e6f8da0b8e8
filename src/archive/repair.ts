import { stat } from 'node:fs/promises';
import { hashFor, hexOf } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import type { Loss } from '../base/losses.ts';
import { layOut } from './head.ts';
import { ioFailure } from './io-failure.ts';
import { type PlannedLayer, versionOf } from './plan.ts';
import { reduce } from './reduce.ts';
import { type Salvaged, salvage } from './salvage.ts';
import type { SealSigner } from './signature.ts';
import type { Sink } from './sink.ts';
import { openFeed, Source } from './source.ts';
import { openRemains } from './volumes/remains.ts';
import { ArchiveWriter } from './writer.ts';

interface RepairOptions {
  readonly signer: SealSigner | undefined;
  /** Opens the place for the new archive, once it is known that there will be one. */
  readonly openSink: () => Promise<Sink>;
  /** Told which step begins, and how many bytes it goes through. */
  readonly onStep: (step: 'salvage' | 'write', bytes: number) => void;
  /** Told how many of these are behind it. */
  readonly onBytes: (bytes: number) => void;
}

/** What became of a damaged archive. */
export interface Repaired {
  readonly bytes: number;
  /** What the new archive lacks of the old one. */
  readonly lost: readonly Loss[];
  /** What the old one lacked already. */
  readonly before: readonly Loss[];
  /** The old one had a seal that could be read. */
  readonly sealed: boolean;
}

/**
 * Makes of a damaged archive, in one file or in parts of which some may be gone, a smaller one that is whole.
 *
 *     salvage   go through the file, and note of every blob whether it has its digest
 *     reduce    drop the resources and images that are not whole; name each among the losses
 *     write     a new archive of what is left, its layers read once more, and checked once more
 *
 * @throws Failure `damaged` when nothing can be made of it, or a layer that was right cannot be read a second time.
 */
export async function repairArchive(
  paths: readonly [string, ...string[]],
  options: RepairOptions,
): Promise<Repaired> {
  const [path, ...more] = paths;
  for (const one of paths) await checkSeekable(one);
  const remains = await openRemains(paths);
  if (remains === undefined && more.length > 0) {
    throw new Failure(
      'usage',
      'several files were given, and none of them says that it is a part of an archive',
      {
        subject: paths.join(', '),
        hints: ['give one archive, or the parts of one'],
      },
    );
  }
  let done = (position: number) => position;
  const source = new Source(remains ?? (await openFeed(path)), position => options.onBytes(done(position)));
  try {
    options.onStep('salvage', source.size ?? 0);
    const salvaged = await salvage(source, source.size ?? 0);
    const { contents, lost } = reduce(salvaged, salvaged.layers);
    const sink = await options.openSink();
    try {
      const { losses, drift } = salvaged.seal ?? { losses: [], drift: [] };
      const formatVersion = versionOf(contents.plan, options.signer !== undefined);
      const head = layOut({ ...contents, plan: { ...contents.plan, formatVersion } });
      options.onStep('write', head.totalBytes);
      done = () => sink.position;
      const writer = new ArchiveWriter(sink, head, options.signer);
      await writer.writeHead();
      await copyLayers(source, salvaged, head.layers, writer);
      await writer.seal({ losses, drift });
      await sink.commit();
      const before = [...salvaged.plan.losses, ...losses];
      return { bytes: sink.position, lost, before, sealed: salvaged.seal !== undefined };
    } catch (error) {
      await sink.abort();
      throw error;
    }
  } finally {
    await source.close();
  }
}

/** What is damaged is looked at here and there. */
async function checkSeekable(path: string): Promise<void> {
  const found =
    path === '-'
      ? undefined
      : await stat(path).catch(error => {
          throw ioFailure(error, path);
        });
  if (found?.isFile() || found?.isDirectory()) return;
  throw new Failure('usage', 'to be repaired, an archive has to be a file', {
    subject: path === '-' ? 'standard input' : path,
    hints: ['copy it to a disk first'],
  });
}

async function copyLayers(
  source: Source,
  { layers: found }: Salvaged,
  layers: readonly PlannedLayer[],
  writer: ArchiveWriter,
): Promise<void> {
  for (const [index, { digest, size }] of layers.entries()) {
    const hash = hashFor(digest);
    source.jump(found.get(digest)?.at ?? 0);
    for await (const piece of source.pieces(size)) {
      hash.update(piece);
      await writer.writeLayer(index, piece);
      source.giveBack(piece);
    }
    if (hash.digest('hex') !== hexOf(digest)) {
      throw new Failure('damaged', 'a layer that could be read before cannot be read any more', {
        subject: digest,
        hints: ['the medium is failing: copy the file to another one, and repair the copy'],
      });
    }
  }
}
