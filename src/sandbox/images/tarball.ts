import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { IMAGE_LAYER_BYTES } from '../limits.ts';

/** Files of an image layer, by path. */
export type Files = ReadonlyMap<string, Buffer>;

/** @throws Error for what is no gzipped tar or inflates to more than {@link IMAGE_LAYER_BYTES}. */
export async function unpackLayer(layer: Buffer): Promise<Files> {
  const tar = await promisify(gunzip)(layer, { maxOutputLength: IMAGE_LAYER_BYTES });
  const files = new Map<string, Buffer>();
  const entries = extract();
  Readable.from([tar]).pipe(entries);
  for await (const entry of entries) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    if (entry.header.type === 'file') files.set(entry.header.name, Buffer.concat(chunks));
  }
  return files;
}
