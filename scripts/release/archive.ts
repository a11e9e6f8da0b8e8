import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';

/** A file of an archive: where it comes from and how it is called in there. */
export interface Member {
  readonly name: string;
  readonly path: string;
  readonly executable?: boolean;
}

/**
 * Packs files into a tar.gz: regular files only, since Krew refuses links, and equal bytes for equal files: of nobody,
 * of no time.
 */
export async function packFiles(members: readonly Member[], output: string): Promise<void> {
  const tar = pack();
  const written = pipeline(tar, createGzip({ level: 6 }), createWriteStream(output));
  for (const { name, path, executable } of members) {
    const { size } = await stat(path);
    const entry = tar.entry({ name, size, mode: executable ? 0o755 : 0o644, mtime: new Date(0) });
    await pipeline(createReadStream(path), entry);
  }
  tar.finalize();
  await written;
}
