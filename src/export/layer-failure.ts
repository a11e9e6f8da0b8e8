import type { Contents } from '../archive/head.ts';
import { imageContent } from '../archive/images.ts';
import type { Digest } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import type { BlobSource } from '../registry/registry.ts';
import { CLEANED } from './gone-since.ts';

/** Images that a hint names. */
const NAMED = 3;

/** The same chunks; a failure of one of the layers says whose it is, since that is where it can be mended. */
export async function* explained<T extends { index: number; chunk: Buffer }>(
  chunks: AsyncIterable<T>,
  wanted: readonly BlobSource[],
  contents: Contents,
): AsyncGenerator<T> {
  let at = 0;
  let left = wanted[0]?.descriptor.size ?? 0;
  try {
    for await (const next of chunks) {
      if (next.index !== at) {
        at = next.index;
        left = wanted[at]?.descriptor.size ?? 0;
      }
      left -= next.chunk.length;
      yield next;
    }
  } catch (error) {
    // They come in order: with nothing left of one layer it was the next.
    const failed = wanted[left > 0 ? at : at + 1] ?? wanted[at];
    throw failed === undefined ? error : aboutLayer(error, failed.descriptor.digest, contents);
  }
}

function aboutLayer(error: unknown, layer: Digest, contents: Contents): unknown {
  if (!(error instanceof Failure)) return error;
  const isGone = error.code === 'registry-missing';
  if (!isGone && error.code !== 'content-mismatch') return error;
  // Layers were all there while planning.
  const message = isGone
    ? `it was there when the export began, and is gone: ${error.message}`
    : error.message;
  return new Failure(error.code, message, {
    hints: [...(isGone ? [CLEANED] : []), ...error.hints, ...usersOf(layer, contents)],
    cause: error,
    ...(error.subject !== undefined && { subject: error.subject }),
  });
}

function usersOf(layer: Digest, contents: Contents): string[] {
  const having = contents.plan.images.filter(image =>
    imageContent(contents, image).layers.some(({ digest }) => digest === layer),
  );
  const named = [...new Set(having.flatMap(({ usedBy }) => usedBy))];
  if (named.length === 0) return [];
  const more = named.length > NAMED ? ` and ${named.length - NAMED} more` : '';
  return [`it belongs to an image of ${named.slice(0, NAMED).join(', ')}${more}`];
}
