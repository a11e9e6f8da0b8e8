import { type Digest, hexOf, isDigest } from '../base/digest.ts';
import { BLOCK, headerSize } from './tar.ts';

/** The entries of an archive that are not blobs, by what they are (docs/format.md, "Order"). */
export const ENTRY = {
  layout: 'oci-layout',
  index: 'index.json',
  seal: 'seal.json',
  signature: 'seal.json.sig',
} as const;

/** The name under which `index.json` has the backup itself. */
export const BACKUP_NAME = 'asa-backup';

/** Two zero blocks end a tar (POSIX pax, "ustar Interchange Format"). */
export const TRAILER_BYTES = 2 * BLOCK;

/**
 * The bytes of `oci-layout` (OCI image-spec, image-layout.md#oci-layout-file). The version of the archive format
 * stands beside the layout's, which other readers ignore, so that a program knows it from the first entry.
 */
export function layoutFile(formatVersion: number): Buffer {
  return Buffer.from(JSON.stringify({ imageLayoutVersion: '1.0.0', formatVersion }));
}

/** `blobs/sha256/<hex>` (OCI image-spec, image-layout.md#blobs). */
export function blobName(digest: Digest): string {
  return `blobs/${digest.slice(0, digest.indexOf(':'))}/${hexOf(digest)}`;
}

/** The digest that a blob's name states; undefined for every other name. */
export function digestOfName(name: string): Digest | undefined {
  const [folder, algorithm, hex, ...rest] = name.split('/');
  const digest = `${algorithm}:${hex}`;
  return folder === 'blobs' && rest.length === 0 && isDigest(digest) ? digest : undefined;
}

/** The bytes of zeros between the end of a body of `size` bytes and the next entry. */
export function paddingAfter(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/** The bytes that an entry takes in the tar: header, body, padding. */
export function entryBytes(name: string, size: number): number {
  return headerSize(name) + size + paddingAfter(size);
}
