import { type Contents, layOut } from './head.ts';
import type { ArchiveReader } from './reader.ts';
import type { SealSigner } from './signature.ts';
import type { Sink } from './sink.ts';
import { ArchiveWriter } from './writer.ts';

interface RewriteOptions {
  /** Signs the new archive; a signature of the old one holds no longer. */
  readonly signer: SealSigner | undefined;
  /** Told how many bytes there will be, before the first. */
  readonly onTotal: (bytes: number) => void;
  /** Told how many are written. */
  readonly onWritten: (bytes: number) => void;
}

/**
 * Writes an archive again, its head with other contents, its layers as they pass, those of its bases too. Nothing is
 * left of the new one unless all of the old one has been found right.
 *
 * @param contents of the same layers, of those in bases too or not, or of none.
 * @returns bytes of the new archive.
 * @throws Failure as the reader and the sink do; the sink is aborted then.
 */
export async function rewriteArchive(
  archive: ArchiveReader,
  contents: Contents,
  sink: Sink,
  { signer, onTotal, onWritten }: RewriteOptions,
): Promise<number> {
  try {
    const head = layOut(contents);
    onTotal(head.totalBytes);
    const writer = new ArchiveWriter(sink, head, signer);
    await writer.writeHead();
    const wanted = new Map(head.layers.map(({ digest }, index) => [digest, index]));
    for await (const { layer, body, giveBack } of archive.layers()) {
      const index = wanted.get(layer.digest);
      if (index === undefined) continue;
      for await (const piece of body) {
        await writer.writeLayer(index, piece);
        giveBack(piece);
        onWritten(sink.position);
      }
    }
    const { losses, drift } = await archive.finish();
    await writer.seal({ losses, drift });
    await sink.commit();
    return sink.position;
  } catch (error) {
    await sink.abort();
    throw error;
  }
}
