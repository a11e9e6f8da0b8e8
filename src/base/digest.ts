import { createHash, type Hash } from 'node:crypto';

/** A checked content digest, `sha256:<64 hex>` or `sha512:<128 hex>` (OCI image-spec, descriptor.md#digests). */
export type Digest = string & { readonly __digest: unique symbol };

const LENGTHS: Record<string, number> = { sha256: 64, sha512: 128 };

/** Whether untrusted text is a digest of an algorithm that is known here, in lower case. */
export function isDigest(text: string): text is Digest {
  const [algorithm = '', hex = '', ...rest] = text.split(':');
  return rest.length === 0 && hex.length === LENGTHS[algorithm] && /^[0-9a-f]+$/.test(hex);
}

/** @throws TypeError when the text is no digest; callers that read untrusted input test with {@link isDigest}. */
export function toDigest(text: string): Digest {
  if (!isDigest(text)) throw new TypeError(`not a digest: ${JSON.stringify(text.slice(0, 80))}`);
  return text;
}

/** The sha256 digest of bytes, or of a text in UTF-8. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
}

/** The hash function that a digest names, fresh. */
export function hashFor(digest: Digest): Hash {
  return createHash(digest.slice(0, digest.indexOf(':')));
}

/** The digest without its algorithm. */
export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}
