import { randomFillSync } from 'node:crypto';
import { open } from 'node:fs/promises';
import { openFileSink } from '../src/archive/file-sink.ts';
import { type Head, layerBytes, layOut, listingOf, sealOf } from '../src/archive/head.ts';
import { paddingAfter, TRAILER_BYTES } from '../src/archive/layout.ts';
import type { PlannedLayer } from '../src/archive/plan.ts';
import { writeSeal } from '../src/archive/seal.ts';
import { encodeHeader } from '../src/archive/tar.ts';
import { ArchiveWriter } from '../src/archive/writer.ts';
import { type Digest, digestOf } from '../src/base/digest.ts';
import { smallBackup } from '../test/vectors/landscape.ts';

const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const PIECE = 4 * 1024 ** 2;

/** An archive of one image with layers of noise. */
export async function writeNoise(path: string, layers: number, layerBytes: number): Promise<void> {
  const noise = Array.from({ length: layers }, () => randomFillSync(Buffer.allocUnsafe(layerBytes)));
  const head = headOf(noise.map(bytes => ({ digest: digestOf(bytes), size: bytes.length })));
  const sink = await openFileSink(path);
  const writer = new ArchiveWriter(sink, head);
  await writer.writeHead();
  for (const [index, bytes] of noise.entries()) {
    for (let at = 0; at < bytes.length; at += PIECE)
      await writer.writeLayer(index, bytes.subarray(at, at + PIECE));
  }
  await writer.seal();
  await sink.commit();
}

/** A file that is as long as an archive with such layers, with head and seal right, and holes for layers. */
export async function writeHollow(path: string, layers: number, layerSize: number): Promise<void> {
  const head = headOf(
    Array.from({ length: layers }, (_, at) => ({ digest: digestOf(`layer ${at}`), size: layerSize })),
  );
  const seal = writeSeal(sealOf(head, listingOf(head), { losses: [], drift: [] }));
  const file = await open(path, 'w');
  let at = 0;
  const put = async (name: string, bytes: Buffer) => {
    const header = encodeHeader(name, bytes.length);
    await file.write(header, 0, header.length, at);
    await file.write(bytes, 0, bytes.length, at + header.length);
    at += header.length + bytes.length + paddingAfter(bytes.length);
  };
  for (const { name, bytes } of head.entries) await put(name, bytes ?? Buffer.alloc(0));
  at += layerBytes(head.plan);
  await put('seal.json', seal);
  await file.truncate(at + TRAILER_BYTES);
  await file.close();
}

/** The small backup's head, with an image of these layers. */
function headOf(layers: readonly { digest: Digest; size: number }[]): Head {
  const named = layers.map(layer => ({ mediaType: LAYER, ...layer }));
  const { plan, blobs } = smallBackup({ manifest: right => ({ ...right, layers: named }) });
  const [image] = plan.images;
  const planned: PlannedLayer[] = layers.map(layer => ({
    ...layer,
    repositories: image === undefined ? [] : [image.repository],
  }));
  return layOut({ plan: { ...plan, layers: planned }, blobs });
}
