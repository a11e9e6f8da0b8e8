import { createCipheriv, createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { type Digest, digestOf } from '../../base/digest.ts';
import { storedGzip, tarOf } from '../../registry/layer.ts';

/**
 * A layer as a registry holds it, the same for the same seed: a gzipped tar with one file of about `bytes` bytes that
 * do not compress, as layers' content does not any more.
 */
export function syntheticLayer(seed: string | number, bytes: number): Buffer {
  return layerOf({ 'app/data.bin': noise(String(seed), bytes) });
}

/** A layer of the given files. */
export function layerOf(files: Readonly<Record<string, string | Buffer>>): Buffer {
  return storedGzip(tarOf(files));
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
