import { Failure } from '../base/errors.ts';
import type { Json } from '../base/object.ts';
import { parseJson } from './json.ts';
import { type Shape, ShapeError } from './shape.ts';

/**
 * Reads one of the archive's own JSON documents. The check of the version comes first: a document of a later format
 * may have any shape.
 *
 * @throws Failure `damaged`, or whatever `checkVersion` throws, with the entry as subject.
 */
export function parseDocument<T>(
  bytes: Buffer,
  what: string,
  shape: Shape<T>,
  subject: string,
  checkVersion?: (version: unknown, subject: string) => void,
): T {
  try {
    const value = parseJson(bytes);
    checkVersion?.(versionOf(value), subject);
    return shape(value, '');
  } catch (error) {
    if (error instanceof ShapeError || error instanceof SyntaxError) {
      throw new Failure('damaged', `it is no valid ${what}: ${error.message}`, { subject });
    }
    throw error;
  }
}

function versionOf(value: Json): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? value.formatVersion
    : undefined;
}
