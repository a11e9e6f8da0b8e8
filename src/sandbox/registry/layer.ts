import { createCipheriv, createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Digest, digestOf } from '../../base/digest.ts';

const BLOCK = 512;

/**
 * A layer as a registry holds it, the same for the same seed: a gzipped tar with one file of about `bytes` bytes that
 * do not compress, as layers' content does not any more.
 */
export function syntheticLayer(seed: string | number, bytes: number): Buffer {
  return gzipped(tarOf({ 'app/data.bin': noise(String(seed), bytes) }));
}

/** A layer of the given files. */
export function layerOf(files: Readonly<Record<string, string | Buffer>>): Buffer {
  return gzipped(tarOf(files));
}

/** The digest of a layer's content before it was compressed (image-spec, config.md#layer-diffid). */
export function diffIdOf(layer: Buffer): Digest {
  const compressed = layer[0] === 0x1f && layer[1] === 0x8b;
  return digestOf(compressed ? gunzipSync(layer) : layer);
}

/** Bytes that look random and are the same for the same seed. */
function noise(seed: string, bytes: number): Buffer {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}

/** Stored rather than compressed: fast, and the same bytes whichever zlib this is. */
function gzipped(tar: Buffer): Buffer {
  const bytes = gzipSync(tar, { level: 0 });
  // RFC 1952: the operating system, which zlib fills in, is "unknown".
  bytes[9] = 255;
  return bytes;
}

function tarOf(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const bytes = Buffer.from(content as string);
    return [header(name, bytes.length), bytes, Buffer.alloc(-bytes.length & (BLOCK - 1))];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

/** A ustar header of a plain file (POSIX.1-1988). */
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
