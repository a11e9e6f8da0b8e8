import { gzipSync } from 'node:zlib';

const BLOCK = 512;

/** A tar of plain files (POSIX.1-1988 ustar), owned by nobody in particular and of no time: the same for the same files. */
export function tarOf(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    return [header(name, bytes.length), bytes, Buffer.alloc(-bytes.length & (BLOCK - 1))];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

/** Gzip that stores and does not compress: fast, and the same bytes whichever zlib this is. */
export function storedGzip(bytes: Buffer): Buffer {
  const gzip = gzipSync(bytes, { level: 0 });
  // RFC 1952: the operating system, which zlib fills in, is "unknown".
  gzip[9] = 255;
  return gzip;
}

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 100, 'utf8');
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
