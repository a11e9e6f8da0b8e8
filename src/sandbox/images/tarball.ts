import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import { IMAGE_LAYER_BYTES } from '../limits.ts';

/** Files of an image layer, by path. */
export type Files = ReadonlyMap<string, Buffer>;

/** A layer as imgpkg and Korifi make them: gzipped, without times or owners, so that equal files are equal bytes. */
export async function packLayer(files: Files): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of files) tar.entry({ name, mode: 0o600, mtime: new Date(0) }, content);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  // The bytes are mostly random: to deflate them in earnest would only cost time.
  return promisify(gzip)(Buffer.concat(chunks), { level: 1 });
}

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
