import { isUtf8 } from 'node:buffer';
import { JSON_DEPTH } from '../base/limits.ts';
import type { Json } from '../base/object.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);

/**
 * Parses JSON that nobody vouches for. Other than `JSON.parse` it refuses what two readers could read differently
 * or choke on: bytes that are not UTF-8, an object with two members of one name, nesting beyond JSON_DEPTH.
 *
 * @throws SyntaxError saying what is wrong, without the text itself, which may hold secrets.
 */
export function parseJson(bytes: Buffer): Json {
  if (!isUtf8(bytes)) throw new SyntaxError('it is not UTF-8');
  const { depth, members } = scan(bytes);
  if (depth > JSON_DEPTH) throw new SyntaxError(`its JSON is nested more than ${JSON_DEPTH} deep`);
  const value = parse(bytes.toString());
  if (countMembers(value) !== members) {
    throw new SyntaxError('an object in its JSON has two members of one name');
  }
  return value;
}

function parse(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's own message quotes the text.
    throw new SyntaxError('it is not JSON');
  }
}

/** How deep the text nests, and how many members its objects have by their colons. */
function scan(bytes: Buffer): { depth: number; members: number } {
  let depth = 0;
  let deepest = 0;
  let members = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) at = endOfString(bytes, at);
    else if (byte === COLON) members += 1;
    else if (OPEN.has(byte)) deepest = Math.max(deepest, ++depth);
    else if (CLOSE.has(byte)) depth -= 1;
  }
  return { depth: deepest, members };
}

/** The place of the quote that ends the string which starts at `at`. */
function endOfString(bytes: Buffer, at: number): number {
  let end = at + 1;
  while (end < bytes.length && bytes[end] !== QUOTE) end += bytes[end] === BACKSLASH ? 2 : 1;
  return end;
}

function countMembers(value: Json): number {
  if (value === null || typeof value !== 'object') return 0;
  const values = Object.values(value);
  let members = Array.isArray(value) ? 0 : values.length;
  for (const child of values) members += countMembers(child);
  return members;
}
